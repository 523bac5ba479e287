package quant_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
)

var all = []gguf.TensorType{gguf.F32, gguf.F16, gguf.Q8_0, gguf.Q4_0}

func random(r *rand.Rand, n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * scale)
	}
	return x
}

// Every half survives the way to float32 and back, and lies where the definition says.
func TestHalves(t *testing.T) {
	for h := range 1 << 16 {
		x := quant.FromHalf(uint16(h))
		exp, frac := h>>10&31, float64(h&1023)
		want := math.Ldexp(1+frac/1024, exp-15)
		if exp == 0 {
			want = math.Ldexp(frac/1024, -14)
		}
		if h>>15 == 1 {
			want = -want
		}
		switch {
		case exp == 31 && frac != 0:
			require.True(t, math.IsNaN(float64(x)))
			require.Equal(t, h|0x200, int(quant.ToHalf(x)), "a NaN is made quiet")
			continue
		case exp == 31:
			require.True(t, math.IsInf(float64(x), 1-h>>15*2))
		default:
			require.Equal(t, want, float64(x))
		}
		require.Equal(t, h, int(quant.ToHalf(x)))
	}
}

// Between two neighbouring halves the nearer is taken, and in the middle the even one.
func TestHalvesRound(t *testing.T) {
	for h := range 0x7bff {
		a, b := float64(quant.FromHalf(uint16(h))), float64(quant.FromHalf(uint16(h+1)))
		middle := float32((a + b) / 2) // exact: one more bit
		even := h + h&1
		require.Equal(t, even, int(quant.ToHalf(middle)), "%x", h)
		require.Equal(t, h, int(quant.ToHalf(math.Nextafter32(middle, 0))))
		require.Equal(t, h+1, int(quant.ToHalf(math.Nextafter32(middle, 1e9))))
		require.Equal(t, even|0x8000, int(quant.ToHalf(-middle)))
	}
	require.Equal(t, 0x7c00, int(quant.ToHalf(65520)))
	require.Equal(t, 0x7bff, int(quant.ToHalf(math.Nextafter32(65520, 0))))
}

// What has been quantized once stays as it is, and no number moves by more than its block allows.
func TestEncodeDecode(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, typ := range all {
		t.Run(typ.String(), func(t *testing.T) {
			for range 300 {
				x := random(r, 64, math.Exp(8*r.Float64()-4))
				b, err := quant.Encode(typ, x)
				require.NoError(t, err)
				y := make([]float32, len(x))
				require.NoError(t, quant.Decode(typ, y, b))
				for i := range x {
					var m float64
					for _, v := range x[i&^31 : i&^31+32] {
						m = max(m, math.Abs(float64(v)))
					}
					bound := map[gguf.TensorType]float64{
						gguf.F32: 0, gguf.F16: math.Abs(float64(x[i]))/2048 + 1e-7, gguf.Q8_0: m/127*0.51 + m/1000 + 1e-6, gguf.Q4_0: m/8*1.01 + m/1000 + 1e-6,
					}[typ]
					require.InDelta(t, x[i], y[i], bound, "number %d of %v", i, x)
				}
				again, err := quant.Encode(typ, y)
				require.NoError(t, err)
				z := make([]float32, len(x))
				require.NoError(t, quant.Decode(typ, z, again))
				if typ == gguf.F32 || typ == gguf.F16 {
					require.Equal(t, b, again)
				} else {
					for i := range y {
						require.InDelta(t, y[i], z[i], math.Abs(float64(y[i]))/500+1e-7)
					}
				}
			}
		})
	}
}

// Blocks by hand: 127 and -64 need the scale 1; -8 and 7 use both ends of q4_0.
func TestLayout(t *testing.T) {
	x := make([]float32, 32)
	x[0], x[1], x[2], x[31] = 127, -64, 0.5, -1
	b, err := quant.Encode(gguf.Q8_0, x)
	require.NoError(t, err)
	require.Equal(t, "003c7fc001", hex.EncodeToString(b[:5]))
	require.EqualValues(t, 0xff, b[33])

	x = make([]float32, 32)
	x[0], x[16], x[1], x[31] = -8, 7, 1, -3
	b, err = quant.Encode(gguf.Q4_0, x)
	require.NoError(t, err)
	require.Equal(t, "003cf089", hex.EncodeToString(b[:4]))
	require.EqualValues(t, 0x58, b[17])
	y := make([]float32, 32)
	require.NoError(t, quant.Decode(gguf.Q4_0, y, b))
	require.Equal(t, x, y)
}

func TestRefusals(t *testing.T) {
	_, err := quant.Encode(gguf.Q8_0, make([]float32, 31))
	require.ErrorIs(t, err, quant.ErrLength)
	_, err = quant.Encode(gguf.TensorType(12), make([]float32, 256))
	require.ErrorIs(t, err, quant.ErrType)
	require.ErrorContains(t, err, "q4_k")
	for _, x := range []float64{math.NaN(), math.Inf(-1), 7e4} {
		_, err = quant.Encode(gguf.F16, []float32{0, float32(x)})
		require.ErrorIs(t, err, quant.ErrNotFinite)
	}
	require.ErrorIs(t, quant.Decode(gguf.F32, make([]float32, 2), make([]byte, 7)), quant.ErrLength)
}

// ggmlDot is ggml's dot product of a row of q8_0 weights with a vector, in its integers: the slow obvious one.
func ggmlDot(weights []byte, x []float32) float64 {
	var sum float64
	for b := 0; b < len(x); b += 32 {
		var m float32
		for _, v := range x[b : b+32] {
			m = max(m, float32(math.Abs(float64(v))))
		}
		w := weights[b/32*34:]
		d := float64(quant.FromHalf(binary.LittleEndian.Uint16(w))) * float64(quant.FromHalf(quant.ToHalf(m/127)))
		n := 0
		for i := range 32 {
			n += int(int8(w[2+i])) * int(math.RoundToEven(float64(x[b+i]*(127/m))))
		}
		sum += d * float64(n)
	}
	return sum
}

func TestActivationsAgreeWithIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		w, err := quant.Encode(gguf.Q8_0, random(r, 256, 0.1))
		require.NoError(t, err)
		x := random(r, 256, 3)
		want := ggmlDot(w, x)
		row := make([]float32, 256)
		require.NoError(t, quant.Decode(gguf.Q8_0, row, w))
		quant.Activations(gguf.Q8_0, x)
		var got float64
		for i := range x {
			got += float64(x[i]) * float64(row[i])
		}
		require.InDelta(t, want, got, 1e-5)
	}
	zeros := make([]float32, 32)
	quant.Activations(gguf.Q4_0, zeros)
	require.Equal(t, make([]float32, 32), zeros)
}

// FuzzDecode: any bytes decode without panic, and what is finite encodes again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{0, 0x3c, 0x7f, 0x80, 1}, uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, pick uint8) {
		typ := all[int(pick)%len(all)]
		numbers, bytes := typ.Block()
		n := len(b) / int(bytes)
		x := make([]float32, n*int(numbers))
		require.NoError(t, quant.Decode(typ, x, b[:n*int(bytes)]))
		again, err := quant.Encode(typ, x)
		if err != nil {
			require.ErrorIs(t, err, quant.ErrNotFinite)
			return
		}
		require.Len(t, again, n*int(bytes))
		quant.Activations(typ, x)
	})
}

// Matrices change, rows of half a block become f16, vectors stay; and a conversion to f32 gives what the blocks stand for.
func TestConvert(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	numbers := func(n int) []byte {
		b, err := quant.Encode(gguf.F32, random(r, n, 1))
		require.NoError(t, err)
		return b
	}
	var b bytes.Buffer
	require.NoError(t, gguf.Write(&b, []gguf.KV{{Key: "general.file_type", Value: uint32(0)}}, []gguf.Tensor{
		{Name: "norm", Dims: []uint64{64}, Type: gguf.F32, Data: numbers(64)},
		{Name: "matrix", Dims: []uint64{64, 3}, Type: gguf.F32, Data: numbers(192)},
		{Name: "odd", Dims: []uint64{48, 2}, Type: gguf.F32, Data: numbers(96)},
	}))
	convert := func(in []byte, to gguf.TensorType) (*gguf.File, []byte) {
		f, err := gguf.Read(bytes.NewReader(in), int64(len(in)))
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, quant.Convert(&out, f, to))
		f, err = gguf.Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		require.NoError(t, err)
		return f, out.Bytes()
	}
	f, small := convert(b.Bytes(), gguf.Q8_0)
	require.Equal(t, []gguf.TensorType{gguf.F32, gguf.Q8_0, gguf.F16}, []gguf.TensorType{f.Tensors[0].Type, f.Tensors[1].Type, f.Tensors[2].Type})
	kind, err := f.Uint("general.file_type", 100)
	require.NoError(t, err)
	require.EqualValues(t, 7, kind)
	blocks, err := f.Data("matrix")
	require.NoError(t, err)
	want := make([]float32, 192)
	require.NoError(t, quant.Decode(gguf.Q8_0, want, blocks))
	f, _ = convert(small, gguf.F32)
	plain, err := f.Data("matrix")
	require.NoError(t, err)
	got := make([]float32, 192)
	require.NoError(t, quant.Decode(gguf.F32, got, plain))
	require.Equal(t, want, got)
	require.ErrorIs(t, quant.Convert(&b, f, 12), quant.ErrType)
}
