package content_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/model/content"
)

// No proof but the true one is accepted, whatever bytes come.
func FuzzVerify(f *testing.F) {
	data := noise(1, 2<<20+1500)
	x, err := content.Read(bytes.NewReader(data), nil)
	require.NoError(f, err)
	of := content.File{Size: x.Size, Root: x.Root()}
	for _, at := range [][2]uint32{{0, 0}, {1, 1023}, {2, 1}} {
		p, err := x.Prove(bytes.NewReader(data), at[0], at[1])
		require.NoError(f, err)
		f.Add(at[0], at[1], p.Chunk, flat(p.ChunkPath), flat(p.LeafPath))
	}
	f.Add(uint32(1<<31), uint32(1<<31), []byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, leaf, chunk uint32, shown, chunkPath, leafPath []byte) {
		p := &content.Proof{Chunk: shown, ChunkPath: hashes(chunkPath), LeafPath: hashes(leafPath)}
		if of.Verify(leaf, chunk, p) != nil {
			return
		}
		start := int(leaf)<<20 + int(chunk)<<10
		require.Equal(t, data[start:min(start+1024, len(data))], shown)
		want, err := x.Prove(bytes.NewReader(data), leaf, chunk)
		require.NoError(t, err)
		require.Equal(t, want, p)
	})
}

// What a path may be never leads out of its folder.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"model.gguf", "a/b/c", "../x", "/x", "a/./b", "a//b", "\x00", "ä"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if content.CheckPath(path) != nil {
			return
		}
		require.LessOrEqual(t, len(path), content.MaxPath)
		require.NotEqual(t, byte('/'), path[0])
		for _, part := range bytes.Split([]byte(path), []byte("/")) {
			require.NotContains(t, []string{"", ".", ".."}, string(part))
		}
	})
}

func flat(path []content.Hash) (out []byte) {
	for _, h := range path {
		out = append(out, h[:]...)
	}
	return out
}

func hashes(raw []byte) (out []content.Hash) {
	for len(raw) >= 32 {
		out, raw = append(out, content.Hash(raw[:32])), raw[32:]
	}
	return out
}
