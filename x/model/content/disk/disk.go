package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agon-chain/agon/x/model/content"
)

// ErrFolder is what cannot be a version's files.
var ErrFolder = errors.New("no files of a version")

// Files are a version's files on a disk, in ascending order of their paths.
type Files struct {
	names []string
	paths []string // on the disk
	sizes []uint64
}

// Find lists the files of a folder, or one file. Errors: ErrFolder, those of the disk.
func Find(root string) (*Files, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	f := &Files{}
	if !info.IsDir() {
		return f, f.add(filepath.Base(root), root)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == root:
			return nil
		case strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return f.add(filepath.ToSlash(name), path)
	})
	if err != nil {
		return nil, err
	}
	if len(f.names) == 0 {
		return nil, fmt.Errorf("%w: %s is empty", ErrFolder, root)
	}
	f.sort()
	return f, nil
}

// Root is the root of a version of a folder's files, or of one file. Errors: ErrFolder, content's, those of the disk, the context's.
func Root(ctx context.Context, path string) ([32]byte, error) {
	f, err := Find(path)
	if err != nil {
		return [32]byte{}, err
	}
	files, err := f.Hash(ctx, func(uint64) {})
	if err != nil {
		return [32]byte{}, err
	}
	root, err := content.Root(files)
	return [32]byte(root), err
}

func (f *Files) add(name, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is neither a file nor a link to one", ErrFolder, path)
	}
	if len(f.names) == content.MaxFiles {
		return fmt.Errorf("%w: more than %d files", ErrFolder, content.MaxFiles)
	}
	if err := content.CheckPath(name); err != nil {
		return err
	}
	f.names, f.paths, f.sizes = append(f.names, name), append(f.paths, path), append(f.sizes, uint64(info.Size()))
	return nil
}

// sort by name bytewise, which is not the order of a walk: "a-b" stands before "a/b" there.
func (f *Files) sort() {
	order := make([]int, len(f.names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(f.names[i], f.names[j]) })
	names, paths, sizes := make([]string, len(order)), make([]string, len(order)), make([]uint64, len(order))
	for at, i := range order {
		names[at], paths[at], sizes[at] = f.names[i], f.paths[i], f.sizes[i]
	}
	f.names, f.paths, f.sizes = names, paths, sizes
}

// Size of all files in bytes, as the disk says.
func (f *Files) Size() (sum uint64) {
	for _, s := range f.sizes {
		sum += s
	}
	return sum
}

// Hash reads all files. progress, which may be nil, is told how many bytes of all were read. It stops between two leaves when ctx ends.
func (f *Files) Hash(ctx context.Context, progress func(bytes uint64)) ([]content.File, error) {
	out := make([]content.File, len(f.names))
	var before uint64
	for i, name := range f.names {
		x, err := f.index(ctx, i, func(n uint64) {
			if progress != nil {
				progress(before + n)
			}
		})
		if err != nil {
			return nil, err
		}
		before += x.Size
		out[i] = content.File{Path: name, Size: x.Size, Root: x.Root()}
	}
	return out, nil
}

// Prove reads the file of a path and shows a chunk of it. Errors: ErrFolder where there is no such file, and those of content.Index.Prove.
func (f *Files) Prove(ctx context.Context, path string, leaf, chunk uint32) (*content.Proof, error) {
	i := slices.Index(f.names, path)
	if i < 0 && len(f.names) == 1 {
		i = 0 // a single file may be called otherwise here
	}
	if i < 0 {
		return nil, fmt.Errorf("%w: %s is not among the %d files; name the folder that holds the version", ErrFolder, path, len(f.names))
	}
	x, err := f.index(ctx, i, nil)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(f.paths[i])
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return x.Prove(file, leaf, chunk)
}

func (f *Files) index(ctx context.Context, i int, progress func(uint64)) (*content.Index, error) {
	file, err := os.Open(f.paths[i])
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	x, err := content.Read(until{ctx, file}, progress)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.paths[i], err)
	}
	return x, nil
}

// until reads as long as a context lasts.
type until struct {
	ctx context.Context
	r   io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
