package lm

// cache holds the keys and values of one sequence. For each layer, each head and each number of it, the positions lie
// together: scores of all positions are then sums of long vectors, even where heads are short.
type cache struct {
	room   int // positions that fit; whole lanes
	width  int // numbers of a position: heads times numbers of a head
	layers []kv
}

// kv has width vectors of room positions each.
type kv struct{ k, v []float32 }

func newCache(layers, width int) *cache {
	return &cache{width: width, layers: make([]kv, layers)}
}

// grow makes room for n positions of at most limit, keeping the first used.
func (c *cache) grow(n, used, limit int) {
	if n <= c.room {
		return
	}
	room := padded(min(max(n, 2*c.room, 64), limit))
	move := func(old []float32) []float32 {
		fresh := aligned(c.width * room)
		for i := range c.width {
			copy(fresh[i*room:], old[min(i*c.room, len(old)):min(i*c.room+used, len(old))])
		}
		return fresh
	}
	for i, l := range c.layers {
		c.layers[i] = kv{move(l.k), move(l.v)}
	}
	c.room = room
}

// put stores key and value of a position.
func (c *cache) put(layer, position int, key, value []float32) {
	l := c.layers[layer]
	for i := range key {
		l.k[i*c.room+position] = key[i]
		l.v[i*c.room+position] = value[i]
	}
}
