package content_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/model/content"
)

var update = flag.Bool("update", false, "rewrite testdata/vectors.json")

const vectorFile = "testdata/vectors.json"

type fileVector struct {
	Path string `json:"path"`
	// Pattern is repeated up to the size.
	Pattern string   `json:"pattern"`
	Size    int      `json:"size"`
	Leaves  []string `json:"leaves"`
	Root    string   `json:"root"`
}

type proofVector struct {
	File      uint32   `json:"file"`
	Leaf      uint32   `json:"leaf"`
	Chunk     uint32   `json:"chunk"`
	ChunkPath []string `json:"chunk_path"`
	LeafPath  []string `json:"leaf_path"`
}

// vectors are inputs and outputs that another implementation can run; binary values are hexadecimal.
type vectors struct {
	Files    []fileVector   `json:"files"`
	Root     string         `json:"root"`
	DrawSeed string         `json:"draw_seed"`
	Proof    proofVector    `json:"drawn"`
	Reserve  map[string]any `json:"reserve"`
}

func (v fileVector) data() []byte {
	return bytes.Repeat([]byte(v.Pattern), v.Size/len(v.Pattern)+1)[:v.Size]
}

func makeVectors(t *testing.T) vectors {
	v := vectors{Files: []fileVector{
		{Path: "config.json", Pattern: "{}", Size: 2}, {Path: "empty", Pattern: "0"}, {Path: "weights/model.gguf", Pattern: "agon model ", Size: 3<<20 + 4097},
	}}
	var files []content.File
	for i, f := range v.Files {
		x := index(t, f.data())
		root := x.Root()
		files = append(files, content.File{Path: f.Path, Size: x.Size, Root: root})
		v.Files[i].Leaves, v.Files[i].Root = texts(x.Leaves), hex.EncodeToString(root[:])
	}
	root, err := content.Root(files)
	require.NoError(t, err)
	v.Root = hex.EncodeToString(root[:])
	v.DrawSeed = hex.EncodeToString(root[:])
	at, ok := content.Draw(root, files)
	require.True(t, ok)
	data := v.Files[at.File].data()
	p, err := index(t, data).Prove(bytes.NewReader(data), at.Leaf, at.Chunk)
	require.NoError(t, err)
	require.NoError(t, files[at.File].Verify(at.Leaf, at.Chunk, p))
	v.Proof = proofVector{at.File, at.Leaf, at.Chunk, texts(p.ChunkPath), texts(p.LeafPath)}
	h := content.ReserveHash([]byte("twenty-byte-address!"), root, []byte("sixteen bytes..."))
	v.Reserve = map[string]any{"owner": hex.EncodeToString([]byte("twenty-byte-address!")), "salt": hex.EncodeToString([]byte("sixteen bytes...")), "hash": hex.EncodeToString(h[:])}
	return v
}

func texts(path []content.Hash) []string {
	out := []string{}
	for _, h := range path {
		out = append(out, hex.EncodeToString(h[:]))
	}
	return out
}

// Roots are on chains and in other programs: none of these ever changes.
func TestVectors(t *testing.T) {
	got, err := json.MarshalIndent(makeVectors(t), "", "  ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(vectorFile, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(vectorFile)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
}

func BenchmarkRead(b *testing.B) {
	data := noise(1, 16<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := content.Read(bytes.NewReader(data), nil); err != nil {
			b.Fatal(err)
		}
	}
}
