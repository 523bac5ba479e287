//go:build !amd64

package mat

func tile(k int, a, b, c []float32, stride int) { tileGo(k, a, b, c, stride) }
