package mat

import "fmt"

// The blocks that a product is cut into: a tile of C stays in registers, a panel of A in the first cache, a block of B in
// the second. They change the speed and never the result.
const (
	tileRows = 6
	tileCols = 16
	blockK   = 256
	blockN   = 16 * tileCols
	blockM   = 12 * tileRows
)

// Matrix is a view of a row-major matrix: element (i, j) is Data[i*Stride+j].
type Matrix struct {
	Rows, Cols, Stride int
	Data               []float32
}

// Dense is the view of data as rows × cols without gaps.
func Dense(rows, cols int, data []float32) Matrix {
	return Matrix{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// check panics where a view reaches past its data: a fault of the caller's code, never of what a user hands in.
func (m Matrix) check(name string) {
	if m.Rows < 0 || m.Cols < 0 || m.Stride < m.Cols {
		panic(fmt.Sprintf("mat: %s is %d×%d with a stride of %d", name, m.Rows, m.Cols, m.Stride))
	}
	if m.Rows > 0 && m.Cols > 0 && (m.Rows-1)*m.Stride+m.Cols > len(m.Data) {
		panic(fmt.Sprintf("mat: %s is %d×%d with a stride of %d over %d elements", name, m.Rows, m.Cols, m.Stride, len(m.Data)))
	}
}

// Op says whether an operand is taken as it lies or transposed.
type Op bool

// The two ways of taking an operand.
const (
	Plain      Op = false
	Transposed Op = true
)

// Scratch is the working memory of products. The zero value is ready; one Scratch serves one goroutine at a time.
type Scratch struct {
	a, b []float32
	tile [tileRows * tileCols]float32
}

// Mul adds op(a)·op(b) to c. It panics where shapes do not fit. c must not overlap a or b.
func (s *Scratch) Mul(opA Op, a Matrix, opB Op, b, c Matrix) {
	a.check("a")
	b.check("b")
	c.check("c")
	m, k := a.Rows, a.Cols
	if opA == Transposed {
		m, k = k, m
	}
	kb, n := b.Rows, b.Cols
	if opB == Transposed {
		kb, n = n, kb
	}
	if kb != k || c.Rows != m || c.Cols != n {
		panic(fmt.Sprintf("mat: product of %d×%d and %d×%d into %d×%d", m, k, kb, n, c.Rows, c.Cols))
	}
	if s.a == nil {
		s.a = make([]float32, blockM*blockK)
		s.b = make([]float32, blockN*blockK)
	}
	for j0 := 0; j0 < n; j0 += blockN {
		nb := min(blockN, n-j0)
		for k0 := 0; k0 < k; k0 += blockK { // rising, and each starts from what C holds: the order of the sum
			kb := min(blockK, k-k0)
			packCols(s.b, opB, b, k0, kb, j0, nb)
			for i0 := 0; i0 < m; i0 += blockM {
				mb := min(blockM, m-i0)
				packRows(s.a, opA, a, i0, mb, k0, kb)
				s.block(mb, nb, kb, c, i0, j0)
			}
		}
	}
}

// block multiplies what is packed into the block of c at (i0, j0).
func (s *Scratch) block(mb, nb, kb int, c Matrix, i0, j0 int) {
	for j := 0; j < nb; j += tileCols {
		pb := s.b[j*kb : (j+tileCols)*kb]
		cols := min(tileCols, nb-j)
		for i := 0; i < mb; i += tileRows {
			pa := s.a[i*kb : (i+tileRows)*kb]
			rows := min(tileRows, mb-i)
			at := (i0+i)*c.Stride + j0 + j
			if rows == tileRows && cols == tileCols {
				tile(kb, pa, pb, c.Data[at:], c.Stride)
				continue
			}
			// The kernel knows whole tiles only: at the edges it works on a copy.
			for r := range rows {
				copy(s.tile[r*tileCols:], c.Data[at+r*c.Stride:at+r*c.Stride+cols])
			}
			tile(kb, pa, pb, s.tile[:], tileCols)
			for r := range rows {
				copy(c.Data[at+r*c.Stride:at+r*c.Stride+cols], s.tile[r*tileCols:])
			}
		}
	}
}

// packRows lays kb columns from k0 of mb rows from i0 of op(a) out in panels of tileRows: panel, k, row. What lies past
// the edge is zero.
func packRows(dst []float32, op Op, a Matrix, i0, mb, k0, kb int) {
	for i := 0; i < mb; i += tileRows {
		panel := dst[i*kb : (i+tileRows)*kb]
		rows := min(tileRows, mb-i)
		if rows < tileRows {
			clear(panel)
		}
		if op == Transposed {
			for p := range kb {
				copy(panel[p*tileRows:p*tileRows+rows], a.Data[(k0+p)*a.Stride+i0+i:])
			}
			continue
		}
		for r := range rows {
			src := a.Data[(i0+i+r)*a.Stride+k0:][:kb]
			for p, v := range src {
				panel[p*tileRows+r] = v
			}
		}
	}
}

// packCols lays kb rows from k0 of nb columns from j0 of op(b) out in panels of tileCols: panel, k, column.
func packCols(dst []float32, op Op, b Matrix, k0, kb, j0, nb int) {
	for j := 0; j < nb; j += tileCols {
		panel := dst[j*kb : (j+tileCols)*kb]
		cols := min(tileCols, nb-j)
		if cols < tileCols {
			clear(panel)
		}
		if op == Plain {
			for p := range kb {
				copy(panel[p*tileCols:p*tileCols+cols], b.Data[(k0+p)*b.Stride+j0+j:])
			}
			continue
		}
		for q := range cols {
			src := b.Data[(j0+j+q)*b.Stride+k0:][:kb]
			for p, v := range src {
				panel[p*tileCols+q] = v
			}
		}
	}
}

// tileGo is the kernel in plain Go: it adds the product of two packed panels to one tile of C. The conversions keep
// compilers from fusing the product with the sum, which the language allows them.
func tileGo(k int, a, b, c []float32, stride int) {
	for i := range tileRows {
		row := c[i*stride:][:tileCols]
		for p := range k {
			v := a[p*tileRows+i]
			for j, w := range b[p*tileCols:][:tileCols] {
				row[j] += float32(v * w)
			}
		}
	}
}
