package train

import "math"

// rope is the table of rotations: cos and sin of position·base^(-2i/d) for pair i of a head of width d.
type rope struct {
	half     int       // pairs in a head
	cos, sin []float32 // positions × half
}

func newRope(c Config) rope {
	half := c.headDim() / 2
	t := rope{half: half, cos: make([]float32, c.Context*half), sin: make([]float32, c.Context*half)}
	for pos := range c.Context {
		for i := range half {
			angle := float64(pos) * math.Pow(c.RopeBase, -2*float64(i)/float64(2*half))
			t.cos[pos*half+i] = float32(math.Cos(angle))
			t.sin[pos*half+i] = float32(math.Sin(angle))
		}
	}
	return t
}

// turn rotates every pair (x[2i], x[2i+1]) of the heads in x, one position's, by its angle: neighbours form a pair, which
// is how GGUF stores the architecture `llama`. With direction -1 it turns back, which is the gradient of turning.
func (t rope) turn(x []float32, pos int, direction float32) {
	cos, sin := t.cos[pos*t.half:][:t.half], t.sin[pos*t.half:][:t.half]
	for ; len(x) > 0; x = x[2*t.half:] {
		head := x[:2*t.half]
		for i, c := range cos {
			s := float32(direction * sin[i])
			a, b := head[2*i], head[2*i+1]
			head[2*i] = float32(a*c) - float32(b*s)
			head[2*i+1] = float32(a*s) + float32(b*c)
		}
	}
}
