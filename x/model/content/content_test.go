package content_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/model/content"
)

// sizes at which something may break.
var sizes = []int{
	0, 1, 1023, 1024, 1025, 2048, 3 << 10, 1<<20 - 1, 1 << 20, 1<<20 + 1, 1<<20 + 1024, 1<<20 + 1025, 2 << 20, 3<<20 - 1024, 5<<20 + 77,
}

func index(t testing.TB, data []byte) *content.Index {
	t.Helper()
	x, err := content.Read(bytes.NewReader(data), nil)
	require.NoError(t, err)
	return x
}

func file(t testing.TB, path string, data []byte) content.File {
	t.Helper()
	x := index(t, data)
	return content.File{Path: path, Size: x.Size, Root: x.Root()}
}

func TestFileMatchesTheDefinition(t *testing.T) {
	for i, size := range sizes {
		data := noise(uint64(i), size)
		x := index(t, data)
		require.EqualValues(t, size, x.Size)
		require.Equal(t, slowFile(data), x.Root(), "%d bytes", size)
		require.Len(t, x.Leaves, int(content.Leaves(x.Size)))
		// However the bytes come.
		for _, r := range []io.Reader{iotest.HalfReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data))} {
			again, err := content.Read(r, nil)
			require.NoError(t, err)
			require.Equal(t, x, again)
		}
	}
}

func TestReadSaysWhatFailed(t *testing.T) {
	broken := errors.New("disk")
	_, err := content.Read(io.MultiReader(bytes.NewReader(noise(1, 3<<20)), iotest.ErrReader(broken)), nil)
	require.ErrorIs(t, err, broken)
	var seen []uint64
	_, err = content.Read(bytes.NewReader(noise(1, 2<<20+5)), func(n uint64) { seen = append(seen, n) })
	require.NoError(t, err)
	require.Equal(t, []uint64{1 << 20, 2 << 20, 2<<20 + 5}, seen)
}

// Each chunk of each file is proven, and as nothing else.
func TestProofs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i, size := range sizes {
		if size == 0 {
			continue
		}
		data := noise(uint64(i), size)
		x, f := index(t, data), file(t, "w", data)
		var places [][2]uint32
		for leaf := range content.Leaves(f.Size) {
			n := content.Chunks(f.Size, leaf)
			for _, chunk := range []uint32{0, n / 2, n - 1, r.Uint32N(n)} {
				places = append(places, [2]uint32{leaf, chunk})
			}
		}
		for _, at := range places {
			p, err := x.Prove(bytes.NewReader(data), at[0], at[1])
			require.NoError(t, err)
			start := int(at[0])<<20 + int(at[1])<<10
			require.Equal(t, data[start:min(start+1024, size)], p.Chunk)
			require.NoError(t, f.Verify(at[0], at[1], p))

			for _, other := range places {
				if other != at {
					require.Error(t, f.Verify(other[0], other[1], p), "%v as %v of %d", at, other, size)
				}
			}
			bad := *p
			bad.Chunk = bytes.Clone(p.Chunk)
			bad.Chunk[r.IntN(len(bad.Chunk))] ^= 1
			require.ErrorIs(t, f.Verify(at[0], at[1], &bad), content.ErrProof)
			bad.Chunk = append(bytes.Clone(p.Chunk), 0)
			require.ErrorIs(t, f.Verify(at[0], at[1], &bad), content.ErrProof)
			bad = *p
			bad.ChunkPath = append(bad.ChunkPath[:len(bad.ChunkPath):len(bad.ChunkPath)], content.Hash{})
			require.ErrorIs(t, f.Verify(at[0], at[1], &bad), content.ErrProof)
			bad = *p
			bad.LeafPath = append(bad.LeafPath[:len(bad.LeafPath):len(bad.LeafPath)], content.Hash{})
			require.ErrorIs(t, f.Verify(at[0], at[1], &bad), content.ErrProof)
			longer := f
			longer.Size++
			require.Error(t, longer.Verify(at[0], at[1], p), "the size is bound")
		}
		require.ErrorIs(t, f.Verify(content.Leaves(f.Size), 0, &content.Proof{}), content.ErrPlace)
		require.ErrorIs(t, f.Verify(0, content.Chunks(f.Size, 0), &content.Proof{}), content.ErrPlace)
		_, err := x.Prove(bytes.NewReader(data), 0, content.Chunks(f.Size, 0))
		require.ErrorIs(t, err, content.ErrPlace)
		changed := bytes.Clone(data)
		changed[0] ^= 1
		_, err = x.Prove(bytes.NewReader(changed), 0, 0)
		require.ErrorIs(t, err, content.ErrChanged)
		_, err = x.Prove(bytes.NewReader(data[:size-1]), content.Leaves(f.Size)-1, 0)
		require.ErrorIs(t, err, content.ErrChanged, "cut short")
	}
	require.ErrorIs(t, content.File{Size: 1 << 63}.Verify(0, 0, &content.Proof{}), content.ErrPlace)
}

// A proof fits in a transaction, whatever the size of the file.
func TestProofIsSmall(t *testing.T) {
	require.LessOrEqual(t, content.ChunkSize+32*(10+24), 2200)
	require.EqualValues(t, 1<<24, content.Leaves(content.MaxFileSize))
	require.EqualValues(t, 1024, content.Chunks(content.MaxFileSize, 1<<24-1))
	require.Zero(t, content.Chunks(content.MaxFileSize, 1<<24))
}

func TestTreeMatchesTheDefinition(t *testing.T) {
	var files []content.File
	for i := range 40 {
		files = append(files, file(t, fmt.Sprintf("shard-%03d", i), noise(uint64(i), i*37+1)))
		root, err := content.Root(files)
		require.NoError(t, err)
		require.Equal(t, slowTree(files), root)
		// Whatever is changed, the root is another.
		for _, change := range []func(*content.File){
			func(f *content.File) { f.Path += "x" }, func(f *content.File) { f.Size++ }, func(f *content.File) { f.Root[31] ^= 1 },
		} {
			other := append([]content.File(nil), files...)
			change(&other[i])
			changed, err := content.Root(other)
			require.NoError(t, err)
			require.NotEqual(t, root, changed)
		}
	}
}

func TestCheckFiles(t *testing.T) {
	one := func(path string) content.File { return content.File{Path: path, Size: 1, Root: content.Hash{1}} }
	many := func(n int) (out []content.File) {
		for i := range n {
			out = append(out, one(fmt.Sprintf("f%05d", i)))
		}
		return out
	}
	require.NoError(t, content.CheckFiles(many(content.MaxFiles)))
	require.NoError(t, content.CheckFiles([]content.File{one("a"), one("a-b"), one("b/a"), one("b/a.b"), one("c/d/e")}))
	empty := content.File{Path: "z", Root: content.Empty().Root()}
	require.NoError(t, content.CheckFiles([]content.File{one("a"), empty}))
	for name, c := range map[string]struct {
		files []content.File
		want  error
	}{
		"none":         {nil, content.ErrFiles},
		"too-many":     {many(content.MaxFiles + 1), content.ErrFiles},
		"twice":        {[]content.File{one("a"), one("a")}, content.ErrFiles},
		"order":        {[]content.File{one("b"), one("a")}, content.ErrFiles},
		"file-folder":  {[]content.File{one("a"), one("a-b"), one("a/b")}, content.ErrFiles},
		"deep-folder":  {[]content.File{one("a/b"), one("a/b/c")}, content.ErrFiles},
		"all-empty":    {[]content.File{empty}, content.ErrFiles},
		"empty-root":   {[]content.File{one("a"), {Path: "b", Root: content.Hash{1}}}, content.ErrFiles},
		"too-large":    {[]content.File{{Path: "a", Size: content.MaxFileSize + 1}}, content.ErrFiles},
		"no-path":      {[]content.File{one("")}, content.ErrPath},
		"long-path":    {[]content.File{one(strings.Repeat("a", 256))}, content.ErrPath},
		"absolute":     {[]content.File{one("/etc/passwd")}, content.ErrPath},
		"up":           {[]content.File{one("a/../../b")}, content.ErrPath},
		"here":         {[]content.File{one("./a")}, content.ErrPath},
		"double-slash": {[]content.File{one("a//b")}, content.ErrPath},
		"slash-at-end": {[]content.File{one("a/")}, content.ErrPath},
		"backslash":    {[]content.File{one(`a\b`)}, content.ErrPath},
		"control":      {[]content.File{one("a\nb")}, content.ErrPath},
		"not-ascii":    {[]content.File{one("ä")}, content.ErrPath},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, content.CheckFiles(c.files), c.want)
			_, err := content.Root(c.files)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestWeights(t *testing.T) {
	a, b, c := content.File{Path: "a", Size: 5}, content.File{Path: "b", Size: 9}, content.File{Path: "c", Size: 9}
	require.Equal(t, b, content.Weights([]content.File{a, b, c}), "the largest, the first of several")
	require.EqualValues(t, 23, content.Size([]content.File{a, b, c}))
}

// Each byte is drawn as often as any other, and only what is there.
func TestDraw(t *testing.T) {
	files := []content.File{{Size: 1}, {Size: 0}, {Size: 3 << 10}, {Size: 1<<20 + 1}, {Size: 2048}}
	count := map[int]int{}
	const draws = 200_000
	for i := range draws {
		var seed content.Hash
		seed[0], seed[1], seed[2] = byte(i), byte(i>>8), byte(i>>16)
		at, ok := content.Draw(seed, files)
		require.True(t, ok)
		require.Less(t, at.Chunk, content.Chunks(files[at.File].Size, at.Leaf), "%v", at)
		count[int(at.File)]++
		again, _ := content.Draw(seed, files)
		require.Equal(t, at, again)
	}
	chunks := []int{1, 0, 3, 1025, 2}
	for i, n := range chunks {
		require.InDelta(t, float64(draws*n)/1031, count[i], 80, "file %d", i)
	}
	_, ok := content.Draw(content.Hash{}, []content.File{{}})
	require.False(t, ok)
	// The largest version that there can be does not overflow.
	var most []content.File
	for range content.MaxFiles {
		most = append(most, content.File{Size: content.MaxFileSize})
	}
	at, ok := content.Draw(content.Hash{7}, most)
	require.True(t, ok)
	require.NotZero(t, at.Leaf)
}

func TestStreamIsUniform(t *testing.T) {
	s := content.NewStream("test", []byte("seed"))
	var count [7]int
	for range 70_000 {
		count[s.Below(7)]++
	}
	for _, n := range count {
		require.InDelta(t, 10_000, n, 400)
	}
	require.Zero(t, s.Below(0))
	require.Zero(t, s.Below(1))
	require.NotEqual(t, content.NewStream("a", []byte("s")).Below(1<<60), content.NewStream("b", []byte("s")).Below(1<<60))
}

func TestReserveHashBinds(t *testing.T) {
	salt := []byte("sixteen bytes...")
	want := content.ReserveHash([]byte("owner"), content.Hash{1}, salt)
	require.NotEqual(t, want, content.ReserveHash([]byte("other"), content.Hash{1}, salt))
	require.NotEqual(t, want, content.ReserveHash([]byte("owner"), content.Hash{2}, salt))
	require.NotEqual(t, want, content.ReserveHash([]byte("owner"), content.Hash{1}, append(salt, 0)))
}
