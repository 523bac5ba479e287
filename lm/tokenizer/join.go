package tokenizer

import "container/heap"

// pair is two neighbours that may be joined.
type pair struct {
	rank        float64
	left, right int    // numbers of symbols
	text        string // of both; if the symbols have changed since, the pair is stale
}

// pairs is a heap: the lowest rank first, of equals the leftmost.
type pairs []pair

func (p pairs) Len() int { return len(p) }
func (p pairs) Less(i, j int) bool {
	if p[i].rank != p[j].rank {
		return p[i].rank < p[j].rank
	}
	return p[i].left < p[j].left
}
func (p pairs) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *pairs) Push(x any)   { *p = append(*p, x.(pair)) }
func (p *pairs) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}

// join joins neighbouring symbols, the pair of the lowest rank first, until no pair has a rank. It takes n log n steps for n
// symbols. An empty symbol is one that has been joined to another; so none may be empty at first.
func join(symbols []string, rank func(left, right string) (float64, bool)) []string {
	n := len(symbols)
	next, previous := make([]int, n), make([]int, n)
	var queue pairs
	consider := func(left, right int) {
		if left < 0 || right >= n {
			return
		}
		if r, ok := rank(symbols[left], symbols[right]); ok {
			heap.Push(&queue, pair{r, left, right, symbols[left] + symbols[right]})
		}
	}
	for i := range symbols {
		next[i], previous[i] = i+1, i-1
	}
	for i := 0; i+1 < n; i++ {
		consider(i, i+1)
	}
	for len(queue) > 0 {
		p := heap.Pop(&queue).(pair)
		if symbols[p.left] == "" || symbols[p.right] == "" || len(symbols[p.left])+len(symbols[p.right]) != len(p.text) {
			continue // one of them has been joined to another
		}
		symbols[p.left], symbols[p.right] = p.text, ""
		next[p.left] = next[p.right]
		if next[p.left] < n {
			previous[next[p.left]] = p.left
		}
		consider(previous[p.left], p.left)
		consider(p.left, next[p.left])
	}
	var out []string
	for i := 0; i < n; i = next[i] {
		out = append(out, symbols[i])
	}
	return out
}
