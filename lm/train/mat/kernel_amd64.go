package mat

import "golang.org/x/sys/cpu"

// tileAVX2 is tileGo with eight columns to an instruction; multiplication and addition stay apart.
//
//go:noescape
func tileAVX2(k int, a, b, c *float32, stride int)

var hasAVX2 = cpu.X86.HasAVX2

func tile(k int, a, b, c []float32, stride int) {
	if !hasAVX2 {
		tileGo(k, a, b, c, stride)
		return
	}
	_, _, _ = a[k*tileRows-1], b[k*tileCols-1], c[(tileRows-1)*stride+tileCols-1]
	tileAVX2(k, &a[0], &b[0], &c[0], stride)
}
