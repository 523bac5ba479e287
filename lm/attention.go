package lm

import "math"

// attend sets out to what the query of the token at position n-1 takes from the first n positions (Vaswani et al. 2017,
// section 3.2; heads of keys and values shared as in Ainslie et al. 2023). scores has room for n.
func (c *cache) attend(layer int, config Config, query, out, scores []float32, n int) {
	scale := 1 / float32(math.Sqrt(float64(config.HeadDim)))
	shared := config.Heads / config.KVHeads
	scores = scores[:n]
	for h := range config.Heads {
		first := h / shared * config.HeadDim // vector of the cache where the head begins
		q := query[h*config.HeadDim : (h+1)*config.HeadDim]
		clear(scores)
		for i, x := range q {
			at := (first + i) * c.room
			kernel.Saxpy(n, x, c.layers[layer].k[at:at+n], 1, scores, 1)
		}
		softmax(scores, scale)
		for i := range config.HeadDim {
			at := (first + i) * c.room
			out[h*config.HeadDim+i] = kernel.Sdot(n, c.layers[layer].v[at:at+n], 1, scores, 1)
		}
	}
}
