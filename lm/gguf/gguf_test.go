package gguf_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/gguf"
)

// every has one value of each type.
var every = []gguf.KV{
	{Key: "general.architecture", Value: "llama"},
	{Key: "u8", Value: uint8(200)},
	{Key: "i8", Value: int8(-3)},
	{Key: "u16", Value: uint16(60000)},
	{Key: "i16", Value: int16(-30000)},
	{Key: "u32", Value: uint32(4e9)},
	{Key: "i32", Value: int32(-2e9)},
	{Key: "f32", Value: float32(1e-5)},
	{Key: "bool", Value: true},
	{Key: "u64", Value: uint64(1 << 63)},
	{Key: "i64", Value: int64(math.MinInt64)},
	{Key: "f64", Value: math.Pi},
	{Key: "bytes", Value: []uint8{1, 2, 3}},
	{Key: "i8s", Value: []int8{-1}},
	{Key: "u16s", Value: []uint16{}},
	{Key: "i16s", Value: []int16{-2, 2}},
	{Key: "u32s", Value: []uint32{7}},
	{Key: "i32s", Value: []int32{-7, 8}},
	{Key: "f32s", Value: []float32{0.5, float32(math.Inf(1))}},
	{Key: "bools", Value: []bool{false, true}},
	{Key: "strings", Value: []string{"", "é", "\xff"}},
	{Key: "u64s", Value: []uint64{9}},
	{Key: "i64s", Value: []int64{-9}},
	{Key: "f64s", Value: []float64{0.25}},
}

func tensors() []gguf.Tensor {
	return []gguf.Tensor{
		{Name: "odd", Dims: []uint64{3}, Type: gguf.F32, Data: []byte("abcdefghijkl")},
		{Name: "blocks", Dims: []uint64{32, 2}, Type: gguf.Q4_0, Data: bytes.Repeat([]byte{0xa5}, 36)},
		{Name: "last", Dims: []uint64{1, 1, 1, 2}, Type: gguf.F16, Data: []byte{1, 2, 3, 4}},
	}
}

func encode(t testing.TB, metadata []gguf.KV, list []gguf.Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gguf.Write(&b, metadata, list))
	return b.Bytes()
}

func read(b []byte) (*gguf.File, error) { return gguf.Read(bytes.NewReader(b), int64(len(b))) }

func TestRoundTrip(t *testing.T) {
	for name, metadata := range map[string][]gguf.KV{
		"aligned-32":   every,
		"aligned-1":    append([]gguf.KV{{Key: gguf.Alignment, Value: uint32(1)}}, every...),
		"aligned-4096": append([]gguf.KV{{Key: gguf.Alignment, Value: uint32(4096)}}, every...),
	} {
		t.Run(name, func(t *testing.T) {
			b := encode(t, metadata, tensors())
			f, err := read(b)
			require.NoError(t, err)
			require.Equal(t, metadata, f.Metadata)
			for _, want := range tensors() {
				got, err := f.Data(want.Name)
				require.NoError(t, err)
				require.Equal(t, want.Data, got)
			}
			digest, err := f.Digest()
			require.NoError(t, err)
			require.Equal(t, sha256.Sum256(b), digest)

			var again bytes.Buffer
			n, err := f.WriteTo(&again)
			require.NoError(t, err)
			require.EqualValues(t, len(b), n)
			require.Equal(t, b, again.Bytes())

			b[4] = 2 // version 2 has the same layout and stays version 2
			f, err = read(b)
			require.NoError(t, err)
			again.Reset()
			_, err = f.WriteTo(&again)
			require.NoError(t, err)
			require.Equal(t, b, again.Bytes())
		})
	}
}

// A file made by other programs: llama.cpp's own converter has written it.
func TestForeignFile(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "models", "stories260K.gguf")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no foreign model to read: %v", err)
	}
	f, err := gguf.Open(path)
	require.NoError(t, err)
	defer f.Close()
	require.Len(t, f.Tensors, 48)
	tokens, err := gguf.Get[[]string](f, "tokenizer.ggml.tokens")
	require.NoError(t, err)
	require.Equal(t, "<s>", tokens[1])
	var again bytes.Buffer
	_, err = f.WriteTo(&again)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, again.Bytes()))
}

// Every proper beginning of a file is refused, except the one without its last padding.
func TestTruncated(t *testing.T) {
	b := encode(t, every, tensors())
	unpadded := len(b) - 28 // the last tensor has 4 bytes of 32
	for n := range b {
		_, err := read(b[:n])
		if n == unpadded {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, gguf.ErrFormat, "first %d of %d bytes", n, len(b))
	}
	_, err := read(append(b, 0))
	require.ErrorIs(t, err, gguf.ErrFormat)
}

func TestRefusals(t *testing.T) {
	le := binary.LittleEndian
	header := func(version uint32, tensors, pairs uint64, rest ...byte) []byte {
		b := le.AppendUint32([]byte("GGUF"), version)
		return append(le.AppendUint64(le.AppendUint64(b, tensors), pairs), rest...)
	}
	str := func(s string) []byte { return append(le.AppendUint64(nil, uint64(len(s))), s...) }
	pair := func(key string, typ uint32, rest ...byte) []byte {
		return append(le.AppendUint32(str(key), typ), rest...)
	}
	tensor := func(name string, typ uint32, offset uint64, dims ...uint64) []byte {
		b := le.AppendUint32(str(name), uint32(len(dims)))
		for _, d := range dims {
			b = le.AppendUint64(b, d)
		}
		return append(le.AppendUint64(le.AppendUint32(b, typ), offset), make([]byte, 64)...)
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"empty":                 {nil, "begin with"},
		"other-magic":           {[]byte("GGML0123456789012345678"), "begin with"},
		"version-1":             {header(1, 0, 0), "version 1"},
		"big-endian":            {header(3<<24, 0, 0), "big-endian"},
		"many-tensors":          {header(3, 1<<60, 0), "1152921504606846976 tensors"},
		"many-pairs":            {header(3, 0, math.MaxUint64), "key-value pairs"},
		"long-key":              {header(3, 0, 1, append(le.AppendUint64(nil, 1<<40), make([]byte, 64)...)...), "key of 1099511627776 bytes"},
		"long-string":           {header(3, 0, 1, pair("k", 8, le.AppendUint64(nil, 1<<62)...)...), "the file has 0 left"},
		"unknown-type":          {header(3, 0, 1, pair("k", 13, make([]byte, 8)...)...), "type 13"},
		"bool-of-2":             {header(3, 0, 1, pair("k", 7, 2)...), "bool of value 2"},
		"array-of-arrays":       {header(3, 0, 1, pair("k", 9, append(le.AppendUint32(nil, 9), make([]byte, 8)...)...)...), "array of values of type 9"},
		"long-array":            {header(3, 0, 1, pair("k", 9, append(le.AppendUint32(nil, 5), le.AppendUint64(nil, 1<<61)...)...)...), "elements of k"},
		"key-twice":             {header(3, 0, 2, append(pair("k", 7, 1), pair("k", 7, 1)...)...), "twice"},
		"alignment-of-3":        {header(3, 0, 1, pair(gguf.Alignment, 4, 3, 0, 0, 0)...), "power of two"},
		"alignment-of-2GiB":     {header(3, 0, 1, pair(gguf.Alignment, 4, 0, 0, 0, 128)...), "power of two up to"},
		"alignment-of-bytes":    {header(3, 0, 1, pair(gguf.Alignment, 0, 8)...), "power of two"},
		"no-dimension":          {header(3, 1, 0, tensor("t", 0, 0)...), "0 dimensions"},
		"five-dimensions":       {header(3, 1, 0, tensor("t", 0, 0, 1, 1, 1, 1, 1)...), "5 dimensions"},
		"product-overflows":     {header(3, 1, 0, tensor("t", 0, 0, 1<<40, 1<<40)...), "larger than any file"},
		"empty-tensor":          {header(3, 1, 0, tensor("t", 0, 0, 4, 0)...), "empty"},
		"half-a-block":          {header(3, 1, 0, tensor("t", 8, 0, 16)...), "multiple of 32"},
		"unknown-tensor-type":   {header(3, 1, 0, tensor("t", 99, 0, 4)...), "type 99"},
		"beyond-the-file":       {header(3, 1, 0, tensor("t", 0, 0, 1<<20)...), "takes 4194304 bytes"},
		"offset-with-a-gap":     {header(3, 1, 0, tensor("t", 0, 32, 1)...), "begins at 32"},
		"tensor-without-a-name": {header(3, 1, 0, tensor("", 0, 0, 1)...), "name of 0 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.file)
			require.ErrorIs(t, err, gguf.ErrFormat)
			require.ErrorContains(t, err, c.says)
		})
	}
	t.Run("padding-not-zero", func(t *testing.T) {
		b := encode(t, every, tensors())
		b[len(b)-1] = 1
		_, err := read(b)
		require.ErrorIs(t, err, gguf.ErrFormat)
		require.ErrorContains(t, err, "padding")
	})
}

// What the reader would refuse is not written.
func TestWriteRefuses(t *testing.T) {
	one := gguf.Tensor{Name: "t", Dims: []uint64{1}, Type: gguf.F32, Data: make([]byte, 4)}
	long := one
	long.Name = strings.Repeat("n", gguf.MaxNameLen+1)
	short := one
	short.Data = short.Data[:3]
	for name, c := range map[string]struct {
		metadata []gguf.KV
		tensors  []gguf.Tensor
		is       error
	}{
		"go-int":        {[]gguf.KV{{Key: "k", Value: 1}}, nil, gguf.ErrType},
		"key-twice":     {[]gguf.KV{{Key: "k", Value: true}, {Key: "k", Value: true}}, nil, gguf.ErrFormat},
		"empty-key":     {[]gguf.KV{{Value: true}}, nil, gguf.ErrFormat},
		"bad-alignment": {[]gguf.KV{{Key: gguf.Alignment, Value: uint32(24)}}, nil, gguf.ErrFormat},
		"name-twice":    {nil, []gguf.Tensor{one, one}, gguf.ErrFormat},
		"long-name":     {nil, []gguf.Tensor{long}, gguf.ErrFormat},
		"short-data":    {nil, []gguf.Tensor{short}, gguf.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.ErrorIs(t, gguf.Write(&b, c.metadata, c.tensors), c.is)
			require.Zero(t, b.Len())
		})
	}
}

func TestNumbers(t *testing.T) {
	f, err := read(encode(t, append(every, gguf.KV{Key: "nan", Value: float32(math.NaN())}), nil))
	require.NoError(t, err)
	n, err := f.Uint("i16s", 10)
	require.ErrorIs(t, err, gguf.ErrType)
	require.Zero(t, n)
	n, err = f.Uint("u16", 1<<20)
	require.NoError(t, err)
	require.EqualValues(t, 60000, n)
	_, err = f.Uint("u16", 1000)
	require.ErrorContains(t, err, "at most 1000")
	_, err = f.Uint("i64", math.MaxUint64)
	require.ErrorContains(t, err, "want at least 0")
	_, err = f.Uint("none", 1)
	require.ErrorIs(t, err, gguf.ErrMissing)
	_, err = f.Float("nan")
	require.ErrorIs(t, err, gguf.ErrType)
	_, err = gguf.Get[uint32](f, "u16")
	require.ErrorContains(t, err, "uint16, want uint32")
}

// allocated is how many bytes this program has taken so far, given back or not.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// FuzzRead: whatever the bytes, no panic, and no more memory than they account for, however many keys, tensors or elements they announce; what is accepted is
// written again as it was, plus at most its last padding.
func FuzzRead(f *testing.F) {
	f.Add([]byte("GGUF"))
	f.Add(encode(f, nil, nil))
	f.Add(encode(f, every, tensors()))
	f.Add(encode(f, []gguf.KV{{Key: gguf.Alignment, Value: uint32(1)}}, tensors()))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := allocated()
		file, err := read(b)
		require.Less(t, allocated()-before, uint64(1<<20+64*len(b)))
		if err != nil {
			require.ErrorIs(t, err, gguf.ErrFormat)
			return
		}
		var again bytes.Buffer
		_, err = file.WriteTo(&again)
		require.NoError(t, err)
		out := again.Bytes()
		require.GreaterOrEqual(t, len(out), len(b))
		require.Equal(t, b, out[:len(b)])
		require.Empty(t, bytes.Trim(out[len(b):], "\x00"))
		for _, i := range file.Tensors {
			_, err := file.Data(i.Name)
			require.NoError(t, err)
		}
	})
}
