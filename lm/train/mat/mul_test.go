package mat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

func random(r *rand.Rand, rows, cols, gap int) Matrix {
	m := Matrix{Rows: rows, Cols: cols, Stride: cols + gap, Data: make([]float32, rows*(cols+gap))}
	for i := range m.Data {
		m.Data[i] = r.Float32()*2 - 1
	}
	return m
}

func (m Matrix) at(op Op, i, j int) float32 {
	if op == Transposed {
		i, j = j, i
	}
	return m.Data[i*m.Stride+j]
}

// slow is the definition: one order of summation, nothing fused.
func slow(opA Op, a Matrix, opB Op, b, c Matrix, k int) {
	for i := range c.Rows {
		for j := range c.Cols {
			sum := c.Data[i*c.Stride+j]
			for p := range k {
				sum += float32(a.at(opA, i, p) * b.at(opB, p, j))
			}
			c.Data[i*c.Stride+j] = sum
		}
	}
}

func clone(m Matrix) Matrix {
	m.Data = append([]float32(nil), m.Data...)
	return m
}

// Equal to the definition in every bit, for shapes about the edges of tiles and blocks, and close to gonum.
func TestMulAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sizes := []int{1, 5, 6, 7, 15, 16, 17, 32, 71, 73}
	var s Scratch
	for range 400 {
		m, n, k := sizes[r.IntN(len(sizes))], sizes[r.IntN(len(sizes))], sizes[r.IntN(len(sizes))]
		if r.IntN(20) == 0 {
			k += blockK + r.IntN(blockK)
			n += blockN
		}
		opA, opB := Op(r.IntN(2) == 0), Op(r.IntN(2) == 0)
		a, b := random(r, m, k, r.IntN(3)), random(r, k, n, r.IntN(3))
		if opA == Transposed {
			a = random(r, k, m, r.IntN(3))
		}
		if opB == Transposed {
			b = random(r, n, k, r.IntN(3))
		}
		c := random(r, m, n, r.IntN(3))
		want, second := clone(c), clone(c)
		s.Mul(opA, a, opB, b, c)
		slow(opA, a, opB, b, want, k)
		require.Equal(t, want.Data, c.Data, "%d×%d×%d %v %v", m, n, k, opA, opB)

		flag := map[Op]blas.Transpose{Plain: blas.NoTrans, Transposed: blas.Trans}
		blas32.Gemm(flag[opA], flag[opB], 1, blas32.General(a), blas32.General(b), 1, blas32.General(second))
		for i := range second.Data {
			require.InDelta(t, second.Data[i], c.Data[i], 1e-6*float64(k+20))
		}
	}
}

func TestKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, k := range []int{1, 2, 255, 256} {
		a, b, c := random(r, k, tileRows, 0), random(r, k, tileCols, 0), random(r, tileRows, tileCols, 5)
		a.Data[0], b.Data[0] = float32(math.Inf(1)), 1e-40
		plain := clone(c)
		tile(k, a.Data, b.Data, c.Data, c.Stride)
		tileGo(k, a.Data, b.Data, plain.Data, plain.Stride)
		require.Equal(t, plain.Data, c.Data)
	}
}

func TestMulRefusesShapes(t *testing.T) {
	var s Scratch
	d := make([]float32, 6)
	require.PanicsWithValue(t, "mat: product of 2×3 and 2×3 into 2×3", func() {
		s.Mul(Plain, Dense(2, 3, d), Plain, Dense(2, 3, d), Dense(2, 3, d))
	})
	require.PanicsWithValue(t, "mat: a is 3×3 with a stride of 3 over 6 elements", func() {
		s.Mul(Plain, Dense(3, 3, d), Plain, Dense(2, 3, d), Dense(2, 3, d))
	})
}

func BenchmarkMul(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct {
		name     string
		a, b     Op
		m, n, k  int
		viaGonum bool
	}{
		{"forward", Plain, Transposed, 2048, 512, 192, false},
		{"data-gradient", Plain, Plain, 2048, 192, 512, false},
		{"weight-gradient", Transposed, Plain, 512, 192, 2048, false},
		{"gonum-forward", Plain, Transposed, 2048, 512, 192, true},
	} {
		b.Run(fmt.Sprintf("%s-%dx%dx%d", c.name, c.m, c.n, c.k), func(b *testing.B) {
			x, y, z := random(r, c.m, c.k, 0), random(r, c.k, c.n, 0), random(r, c.m, c.n, 0)
			if c.a == Transposed {
				x = random(r, c.k, c.m, 0)
			}
			if c.b == Transposed {
				y = random(r, c.n, c.k, 0)
			}
			var s Scratch
			for b.Loop() {
				if c.viaGonum {
					blas32.Gemm(blas.NoTrans, blas.Trans, 1, blas32.General(x), blas32.General(y), 1, blas32.General(z))
				} else {
					s.Mul(c.a, x, c.b, y, z)
				}
			}
			b.ReportMetric(2*float64(c.m*c.n*c.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
		})
	}
}
