package disk

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/agon-chain/agon/x/model/content"
)

// Indexed are files that were hashed once, so that a chunk is proven by reading one leaf: 32 bytes a MiB of them are kept in memory. Safe for
// concurrent use.
type Indexed struct {
	files *Files
	trees []*content.Index
	root  content.Hash
}

// Index reads all files, as Hash does.
func (f *Files) Index(ctx context.Context, progress func(bytes uint64)) (*Indexed, error) {
	x := &Indexed{files: f}
	listed := make([]content.File, len(f.names))
	var before uint64
	for i, name := range f.names {
		tree, err := f.index(ctx, i, func(n uint64) {
			if progress != nil {
				progress(before + n)
			}
		})
		if err != nil {
			return nil, err
		}
		before += tree.Size
		x.trees = append(x.trees, tree)
		listed[i] = content.File{Path: name, Size: tree.Size, Root: tree.Root()}
	}
	var err error
	x.root, err = content.Root(listed)
	return x, err
}

// Root of the version that the files are.
func (x *Indexed) Root() [32]byte { return x.root }

// Prove reads one leaf of a file and shows a chunk of it. Errors: ErrFolder where there is no such file, content.ErrChanged where it is not what
// it was when it was hashed, content's others, and those of the disk.
func (x *Indexed) Prove(path string, leaf, chunk uint32) (*content.Proof, error) {
	i := slices.Index(x.files.names, path)
	if i < 0 {
		return nil, fmt.Errorf("%w: %s is not among the %d files", ErrFolder, path, len(x.files.names))
	}
	file, err := os.Open(x.files.paths[i])
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return x.trees[i].Prove(file, leaf, chunk)
}
