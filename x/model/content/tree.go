package content

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
)

const domainTree = "agon/content-tree/v1"

// Root stands for a version's files with their paths and sizes. Errors: those of CheckFiles.
func Root(files []File) (Hash, error) {
	if err := CheckFiles(files); err != nil {
		return Hash{}, err
	}
	entries := make([][]byte, len(files))
	for i, f := range files {
		b := binary.BigEndian.AppendUint16(nil, uint16(len(f.Path)))
		b = append(b, f.Path...)
		b = binary.BigEndian.AppendUint64(b, f.Size)
		entries[i] = append(b, f.Root[:]...)
	}
	top := tree(entries).Root()
	return sha256.Sum256(append([]byte(domainTree), top[:]...)), nil
}

// CheckFiles accepts 1 to MaxFiles files in ascending order of their paths, bytewise, with a byte in at least one of them, and none of
// them in the place of another's folder. Errors: ErrFiles, ErrPath.
func CheckFiles(files []File) error {
	if len(files) == 0 || len(files) > MaxFiles {
		return fmt.Errorf("%w: %d files, want 1 to %d", ErrFiles, len(files), MaxFiles)
	}
	var sum uint64
	for i, f := range files {
		if err := CheckPath(f.Path); err != nil {
			return err
		}
		if i > 0 && files[i-1].Path >= f.Path {
			return fmt.Errorf("%w: %q stands behind %q, want ascending paths, each once", ErrFiles, f.Path, files[i-1].Path)
		}
		if f.Size > MaxFileSize {
			return fmt.Errorf("%w: %q has %d bytes, want at most %d", ErrFiles, f.Path, f.Size, uint64(MaxFileSize))
		}
		if f.Size == 0 && f.Root != Empty().Root() {
			return fmt.Errorf("%w: %q has no bytes, and not the root of an empty file", ErrFiles, f.Path)
		}
		sum += f.Size
	}
	if sum == 0 {
		return fmt.Errorf("%w: all files are empty", ErrFiles)
	}
	for _, f := range files {
		for end := strings.IndexByte(f.Path, '/'); end >= 0; {
			folder := f.Path[:end]
			if at := sort.Search(len(files), func(i int) bool { return files[i].Path >= folder }); files[at].Path == folder {
				return fmt.Errorf("%w: %q is a file, and the folder of %q", ErrFiles, folder, f.Path)
			}
			next := strings.IndexByte(f.Path[end+1:], '/')
			if next < 0 {
				break
			}
			end += 1 + next
		}
	}
	return nil
}

// Empty is the index of a file without bytes.
func Empty() *Index { return &Index{} }

// Size is the sum of the files' sizes in bytes.
func Size(files []File) (sum uint64) {
	for _, f := range files {
		sum += f.Size
	}
	return sum
}

// Weights is the largest file, the first by path of several: what makes a version the same model as another. Of no files it is the
// empty one.
func Weights(files []File) (largest File) {
	for i, f := range files {
		if i == 0 || f.Size > largest.Size {
			largest = f
		}
	}
	return largest
}

// CheckPath accepts the path of a file below its folder: 1 to MaxPath bytes of printable ASCII without backslash, parts separated
// by '/', none of them empty, "." or "..". Errors: ErrPath.
func CheckPath(path string) error {
	if len(path) == 0 || len(path) > MaxPath {
		return fmt.Errorf("%w: it has %d bytes, want 1 to %d", ErrPath, len(path), MaxPath)
	}
	for i := range len(path) {
		if path[i] < ' ' || path[i] > '~' || path[i] == '\\' {
			return fmt.Errorf("%w: %q has the byte 0x%02x at %d, want printable ASCII without backslash", ErrPath, path, path[i], i)
		}
	}
	for _, part := range strings.Split(path, "/") {
		if part == "" || part == "." || part == ".." {
			return fmt.Errorf("%w: %q has the part %q; write it without", ErrPath, path, part)
		}
	}
	return nil
}
