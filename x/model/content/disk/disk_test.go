package disk_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/content/disk"
)

func write(t *testing.T, root, name string, data []byte) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, data, 0o644))
}

func TestFolder(t *testing.T) {
	root, elsewhere := t.TempDir(), t.TempDir()
	big := bytes.Repeat([]byte("agon"), 1<<19) // two leaves
	data := map[string][]byte{"a/b": []byte("1"), "a-b": []byte("22"), "weights": big, "linked": []byte("333"), "none": nil}
	for name, bz := range data {
		if name != "linked" {
			write(t, root, name, bz)
		}
	}
	write(t, elsewhere, "blob", data["linked"])
	require.NoError(t, os.Symlink(filepath.Join(elsewhere, "blob"), filepath.Join(root, "linked")))
	write(t, root, ".git/config", []byte("left out"))
	write(t, root, ".hidden", []byte("left out"))

	f, err := disk.Find(root)
	require.NoError(t, err)
	require.EqualValues(t, 6+len(big), f.Size())
	var told []uint64
	files, err := f.Hash(t.Context(), func(n uint64) { told = append(told, n) })
	require.NoError(t, err)
	require.NoError(t, content.CheckFiles(files), "in the order that the chain wants")
	require.IsIncreasing(t, told)
	require.Equal(t, f.Size(), told[len(told)-1])
	require.Len(t, files, len(data))
	for _, file := range files {
		x, err := content.Read(bytes.NewReader(data[file.Path]), nil)
		require.NoError(t, err)
		require.Equal(t, content.File{Path: file.Path, Size: x.Size, Root: x.Root()}, file)
	}

	p, err := f.Prove(t.Context(), "weights", 1, 1023)
	require.NoError(t, err)
	require.NoError(t, files[4].Verify(1, 1023, p))
	_, err = f.Prove(t.Context(), "other", 0, 0)
	require.ErrorIs(t, err, disk.ErrFolder)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = f.Hash(over, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestOneFile(t *testing.T) {
	root := t.TempDir()
	write(t, root, "model.gguf", []byte("weights"))
	f, err := disk.Find(filepath.Join(root, "model.gguf"))
	require.NoError(t, err)
	files, err := f.Hash(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "model.gguf", files[0].Path)
	p, err := f.Prove(t.Context(), "called-otherwise-on-the-chain.gguf", 0, 0)
	require.NoError(t, err)
	require.NoError(t, files[0].Verify(0, 0, p))
}

func TestFindRefuses(t *testing.T) {
	root := t.TempDir()
	_, err := disk.Find(root)
	require.ErrorIs(t, err, disk.ErrFolder)
	_, err = disk.Find(filepath.Join(root, "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(root, "folder")))
	_, err = disk.Find(root)
	require.ErrorIs(t, err, disk.ErrFolder)
	named := t.TempDir()
	write(t, named, "a\nb", []byte("1"))
	_, err = disk.Find(named)
	require.ErrorIs(t, err, content.ErrPath)
}

func TestIndexed(t *testing.T) {
	root := t.TempDir()
	big := bytes.Repeat([]byte("agon"), 1<<19) // two leaves
	write(t, root, "weights", big)
	write(t, root, "README", []byte("a model"))
	f, err := disk.Find(root)
	require.NoError(t, err)
	files, err := f.Hash(t.Context(), nil)
	require.NoError(t, err)
	x, err := f.Index(t.Context(), nil)
	require.NoError(t, err)
	want, err := disk.Root(t.Context(), root)
	require.NoError(t, err)
	require.Equal(t, want, x.Root())
	p, err := x.Prove("weights", 1, 7)
	require.NoError(t, err)
	require.NoError(t, files[1].Verify(1, 7, p))

	big[1<<20+5]++ // one byte of the second leaf
	write(t, root, "weights", big)
	_, err = x.Prove("weights", 1, 7)
	require.ErrorIs(t, err, content.ErrChanged)
	p, err = x.Prove("weights", 0, 0)
	require.NoError(t, err, "the other leaf is what it was")
	require.NoError(t, files[1].Verify(0, 0, p))
	_, err = x.Prove("other", 0, 0)
	require.ErrorIs(t, err, disk.ErrFolder)
	require.NoError(t, os.Remove(filepath.Join(root, "weights")))
	_, err = x.Prove("weights", 0, 0)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = x.Prove("README", 0, 1)
	require.ErrorIs(t, err, content.ErrPlace)
}
