package gguf

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
)

// File is a GGUF file whose head has been read; tensors are read when asked for. It may be used by several goroutines
// at once, as its io.ReaderAt may.
type File struct {
	Version  uint32
	Metadata []KV
	Tensors  []Info

	keys, names map[string]int
	data        io.ReaderAt
	start       int64 // of the data, from the beginning of the file
	size        int64
	alignment   uint64
	closer      io.Closer
}

// Open reads the head of a file. Close must be called when no more tensors are to be read.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%w: %s is not a regular file", ErrFormat, path), file.Close())
	}
	f, err := Read(file, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	f.closer = file
	return f, nil
}

// Close closes what Open has opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Size is the file's length in bytes.
func (f *File) Size() int64 { return f.size }

// Digest is the SHA-256 of the whole file.
func (f *File) Digest() ([sha256.Size]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f.data, 0, f.size)); err != nil {
		return [sha256.Size]byte{}, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// Tensor is the line of the table with that name.
func (f *File) Tensor(name string) (Info, bool) {
	i, ok := f.names[name]
	if !ok {
		return Info{}, false
	}
	return f.Tensors[i], true
}

// Data reads a tensor's bytes.
func (f *File) Data(name string) ([]byte, error) {
	info, ok := f.Tensor(name)
	if !ok {
		return nil, fmt.Errorf("tensor %q: %w", name, ErrMissing)
	}
	b := make([]byte, info.Size)
	if err := readAt(f.data, b, uint64(f.start)+info.Offset); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	return b, nil
}

// WriteTo writes the file again: the same bytes, if it ended with its padding.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	out := &counter{w: bufio.NewWriter(w)}
	err := f.head().encode(out)
	for i := 0; i < len(f.Tensors) && err == nil; i++ {
		t := f.Tensors[i]
		if _, err = io.Copy(out, io.NewSectionReader(f.data, f.start+int64(t.Offset), int64(t.Size))); err == nil {
			err = out.zeros(pad(t.Size, f.alignment) - t.Size)
		}
	}
	return int64(out.n), errors.Join(err, out.w.Flush())
}

func (f *File) head() head {
	return head{version: f.Version, alignment: f.alignment, metadata: f.Metadata, tensors: f.Tensors}
}
