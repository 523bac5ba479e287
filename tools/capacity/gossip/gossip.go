// Package gossip simulates how a block comes from its proposer to two thirds of the votes, in a network of CometBFT's kind: peers hand on
// parts and votes that the other side lacks. It knows no chain; what a block weighs is given to it.
package gossip

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// city is where nodes stand.
type city struct {
	name      string
	lat, long float64
}

// cities are ten centres of hosting on five continents; their coordinates are geography. Nodes are dealt to them in turn.
var cities = []city{
	{"Frankfurt", 50.1, 8.7},
	{"Ashburn", 39.0, -77.5},
	{"Helsinki", 60.2, 24.9},
	{"Singapore", 1.35, 103.8},
	{"San Jose", 37.3, -121.9},
	{"London", 51.5, -0.1},
	{"Tokyo", 35.7, 139.7},
	{"Dallas", 32.8, -96.8},
	{"Sao Paulo", -23.5, -46.6},
	{"Sydney", -33.9, 151.2},
}

// Network is what the simulation assumes.
type Network struct {
	Nodes int
	Peers int // that each node dials; as many dial it on average
	// Upload of each node, bytes per second; downloads are as fast as they come.
	Upload float64
	// Sleep is the longest that a node waits before it sees that a peer lacks something: peer_gossip_sleep_duration.
	Sleep time.Duration
	// Check is from a whole block to a vote on it: verifying and ProcessProposal.
	Check time.Duration
	Block int // bytes
	Part  int // bytes
	Vote  int // bytes
}

// Result is when it happened on the node that was the median and on the last, from the proposal on.
type Result struct {
	Block, BlockLast   time.Duration // the whole block is there
	Commit, CommitLast time.Duration // more than two thirds of the precommits are there
	Sent               float64       // bytes of parts that a node sent on average, duplicates included
}

// delay is one way between two cities: the great circle at two thirds of the speed of light, half as long again because cables do not run
// straight, and a millisecond at either end.
func delay(a, b city) float64 {
	const radius, fibre = 6371.0, 200_000.0
	rad := math.Pi / 180
	h := math.Pow(math.Sin((b.lat-a.lat)*rad/2), 2) + math.Cos(a.lat*rad)*math.Cos(b.lat*rad)*math.Pow(math.Sin((b.long-a.long)*rad/2), 2)
	return 1.5*2*radius*math.Asin(math.Sqrt(h))/fibre + 0.002
}

// event is a part that has come, or an upload or a link that is free.
type event struct {
	at         float64
	node, from int // from is -1 where the node itself is to look for work
	part       int
}

type queue []event

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at < q[j].at }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// sim is one block on its way.
type sim struct {
	Network
	rng    *rand.Rand
	peers  [][]int
	events queue
	have   [][]bool
	count  []int
	sent   []map[int]bool // by node: peer*parts+part
	wakes  []map[int]float64
	busy   []bool
	whole  []float64
	bytes  float64
}

// Simulate sends one block, proposed by node 0, with the chances of a seed.
func Simulate(n Network, seed uint64) Result {
	s := &sim{Network: n, rng: rand.New(rand.NewPCG(seed, 1))}
	s.connect()
	s.spread()
	prevotes := s.votes(s.whole)
	precommits := s.votes(prevotes)
	sorted := func(v []float64) (median, last time.Duration) {
		w := ordered(v)
		return seconds(w[len(w)/2]), seconds(w[len(w)-1])
	}
	var r Result
	r.Block, r.BlockLast = sorted(s.whole)
	r.Commit, r.CommitLast = sorted(precommits)
	r.Sent = s.bytes / float64(n.Nodes)
	return r
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// connect lets each node dial peers at random.
func (s *sim) connect() {
	linked := make([]map[int]bool, s.Nodes)
	for i := range linked {
		linked[i] = map[int]bool{}
	}
	s.peers = make([][]int, s.Nodes)
	for i := range s.Nodes {
		for dialled := 0; dialled < s.Peers && len(linked[i]) < s.Nodes-1; {
			j := s.rng.IntN(s.Nodes)
			if j == i || linked[i][j] {
				continue
			}
			linked[i][j], linked[j][i] = true, true
			s.peers[i], s.peers[j] = append(s.peers[i], j), append(s.peers[j], i)
			dialled++
		}
	}
}

func (s *sim) delay(i, j int) float64 { return delay(cities[i%len(cities)], cities[j%len(cities)]) }

// wait is how long it takes a node to see that a peer lacks something.
func (s *sim) wait() float64 { return s.rng.Float64() * s.Sleep.Seconds() }

func (s *sim) parts() int { return (s.Block + s.Part - 1) / s.Part }

// spread runs the events until every node has every part.
func (s *sim) spread() {
	parts := s.parts()
	s.have, s.count, s.whole = make([][]bool, s.Nodes), make([]int, s.Nodes), make([]float64, s.Nodes)
	s.sent, s.wakes, s.busy = make([]map[int]bool, s.Nodes), make([]map[int]float64, s.Nodes), make([]bool, s.Nodes)
	for i := range s.Nodes {
		s.have[i], s.sent[i], s.wakes[i] = make([]bool, parts), map[int]bool{}, map[int]float64{}
	}
	for p := range parts {
		s.got(event{node: 0, part: p})
	}
	for len(s.events) > 0 {
		e := heap.Pop(&s.events).(event)
		if e.from >= 0 {
			s.got(e)
			continue
		}
		if e.part == 1 { // an upload has ended
			s.busy[e.node] = false
		}
		s.send(e.node, e.at)
	}
}

// got takes a part; links that were asleep wake some time later.
func (s *sim) got(e event) {
	if s.have[e.node][e.part] {
		return
	}
	s.have[e.node][e.part] = true
	s.count[e.node]++
	if s.count[e.node] == s.parts() {
		s.whole[e.node] = e.at
	}
	for _, peer := range s.peers[e.node] {
		if _, awake := s.wakes[e.node][peer]; !awake {
			at := e.at + s.wait()
			s.wakes[e.node][peer] = at
			heap.Push(&s.events, event{at: at, node: e.node, from: -1})
		}
	}
	s.send(e.node, e.at)
}

// send begins the next upload: a random part that a random peer whose link is awake lacks, and that this node has not sent it. What others are
// sending meanwhile it does not know, so that parts come twice, as they do in practice.
func (s *sim) send(node int, now float64) {
	if s.busy[node] {
		return
	}
	for _, i := range s.rng.Perm(len(s.peers[node])) {
		peer := s.peers[node][i]
		if at, awake := s.wakes[node][peer]; !awake || at > now || s.count[peer] == s.parts() {
			continue
		}
		for _, p := range s.rng.Perm(s.parts()) {
			if !s.have[node][p] || s.have[peer][p] || s.sent[node][peer*s.parts()+p] {
				continue
			}
			s.sent[node][peer*s.parts()+p] = true
			s.busy[node] = true
			size := float64(min(s.Part, s.Block-p*s.Part))
			s.bytes += size
			free := now + size/s.Upload
			heap.Push(&s.events, event{at: free, node: node, from: -1, part: 1})
			heap.Push(&s.events, event{at: free + s.delay(node, peer), node: peer, from: node, part: p})
			return
		}
	}
}

// votes floods one vote of each node, ready as given and checked first, and returns when each node has more than two thirds.
func (s *sim) votes(ready []float64) []float64 {
	arrivals := make([][]float64, s.Nodes)
	for origin := range s.Nodes {
		for node, at := range s.flood(origin, ready[origin]+s.Check.Seconds()) {
			arrivals[node] = append(arrivals[node], at)
		}
	}
	out := make([]float64, s.Nodes)
	for i, a := range arrivals {
		// A node votes no sooner than it has the block itself.
		out[i] = max(ordered(a)[2*s.Nodes/3], ready[i])
	}
	return out
}

// flood is when each node has a vote that one casts: the shortest of all ways, on each hop the wait, the upload and the distance.
func (s *sim) flood(origin int, at float64) []float64 {
	out := make([]float64, s.Nodes)
	for i := range out {
		out[i] = math.Inf(1)
	}
	out[origin] = at
	open := queue{{at: at, node: origin}}
	for len(open) > 0 {
		e := heap.Pop(&open).(event)
		if e.at > out[e.node] {
			continue
		}
		for _, peer := range s.peers[e.node] {
			if then := e.at + s.wait() + float64(s.Vote)/s.Upload + s.delay(e.node, peer); then < out[peer] {
				out[peer] = then
				heap.Push(&open, event{at: then, node: peer})
			}
		}
	}
	return out
}

// ordered is a sorted copy.
func ordered(v []float64) []float64 {
	out := slices.Clone(v)
	slices.Sort(out)
	return out
}
