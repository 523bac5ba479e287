package attack

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Where in an epoch things happen, in blocks from its beginning: newcomers first, then the reveals of what was promised in
// the epoch before, then the promises. A copier therefore sees every reveal of its epoch.
const (
	registerAfter = 1
	revealAfter   = 2
	promiseAfter  = 3
)

// firstBlock is the block at which the first epoch of a run begins.
const firstBlock = 1

// emission is what an epoch pays, in base units: one token a block of a default tempo.
const emission = 360_000_000_000

// promise is what a validator committed.
type promise struct {
	row  []yuma.Entry
	made bool
	// passes is whether the openings that will be drawn show receipts only where there are some.
	passes bool
}

// run is one subnet through one case.
type run struct {
	world    World
	rules    Rules
	params   yuma.Params
	strategy Strategy
	history  history

	epoch    int
	start    uint64 // block at which the epoch began
	in       yuma.Input
	out      yuma.Output
	promises []promise
	revealed []int // epoch of the last reveal, by validator
	judges   []*rand.Rand
	examiner []*rand.Rand
	left     []int // of each entry of a row, the leaves not drawn yet
	view     View
	estimate []float64
}

// Run plays one case. Errors: ErrConfig, or the kinds of yuma.
func Run(w World, r Rules, c Case) (Result, error) {
	var workspace yuma.Workspace
	return play(&workspace, w, r, c)
}

func play(workspace *yuma.Workspace, w World, r Rules, c Case) (Result, error) {
	if err := c.Validate(); err != nil {
		return Result{}, err
	}
	if err := r.Validate(); err != nil {
		return Result{}, err
	}
	if err := w.Validate(); err != nil {
		return Result{}, err
	}
	strategy, err := strategyOf(c.Strategy)
	if err != nil {
		return Result{}, err
	}
	if s, ok := strategy.(Shaper); ok {
		w = s.Shape(w)
		if err := w.Validate(); err != nil {
			return Result{}, err
		}
	}
	s := newRun(w, r, c, strategy)
	m := newMeter(w)
	for s.epoch = range w.WarmUp + w.Epochs {
		s.register()
		s.reveal()
		if err := s.end(workspace); err != nil {
			return Result{}, err
		}
		if s.epoch >= w.WarmUp {
			m.add(&s.out, s.history.quality[s.epoch])
		}
		s.promise()
		s.start = s.in.Block
	}
	return m.result(c), nil
}

func newRun(w World, r Rules, c Case, strategy Strategy) *run {
	n, judges := w.neurons(), w.judges()
	s := &run{
		world: w, rules: r, params: r.params(c), strategy: strategy, history: newHistory(w), start: firstBlock,
		in: yuma.Input{
			N: n, Stake: w.stakes(c.Stake), LastUpdate: make([]uint64, n), RegisteredAt: make([]uint64, n), Permits: make([]bool, n),
			Weights: make([][]yuma.Entry, n), Bonds: make([][]yuma.Entry, n), OwnerUID: yuma.NoOwner,
		},
		promises: make([]promise, judges), revealed: make([]int, judges), estimate: make([]float64, n),
	}
	s.view = View{MaxAge: r.maxAge(), Dust: w.dust, Consensus: make([]float64, n), row: make([]float64, n)}
	for i := range judges {
		s.revealed[i] = math.MinInt32
		s.judges = append(s.judges, stream(w.Seed, streamJudge, uint64(i)))
		s.examiner = append(s.examiner, stream(w.Seed, streamExam, uint64(i)))
	}
	for i := range w.CabalValidators {
		s.view.Judges = append(s.view.Judges, w.cabalValidator(i))
	}
	for j := range w.CabalMiners {
		s.view.Own = append(s.view.Own, w.cabalMiner(j))
	}
	for j := range w.Miners {
		s.view.Others = append(s.view.Others, w.miner(j))
	}
	s.view.foresee = func(epochs int) []float64 {
		clear(s.estimate)
		copy(s.estimate[judges:], s.history.quality[min(s.epoch+epochs, len(s.history.quality)-1)])
		return s.estimate
	}
	return s
}

// register gives uids of miners that left to newcomers.
func (s *run) register() {
	for j, replaced := range s.history.replaced[s.epoch] {
		if replaced {
			s.in.RegisteredAt[s.world.miner(j)] = s.start + registerAfter
		}
	}
}

// reveal keeps the promises of the epoch before. One whose openings fail is refused whole: the row before stays and is not
// renewed. Weight on a uid that changed hands since the promise is dropped.
func (s *run) reveal() {
	promised := s.start - min(s.start, s.params.Tempo) + promiseAfter
	for i := range s.promises {
		p := &s.promises[i]
		if !p.made || !p.passes {
			continue
		}
		row := slices.DeleteFunc(p.row, func(e yuma.Entry) bool { return s.in.RegisteredAt[e.UID] >= promised })
		p.row, s.in.Weights[i] = s.in.Weights[i][:0], row
		s.in.LastUpdate[i] = s.start + revealAfter
		s.revealed[i] = s.epoch
	}
}

// end runs the epoch. Promises that stand are all younger than every registration, so they mask nothing and are left out.
func (s *run) end(workspace *yuma.Workspace) error {
	s.in.Block = s.start + s.params.Tempo
	if s.epoch > 0 {
		s.params.LastStepBlock = s.start
		s.in.Bonds = s.out.Bonds
		copy(s.in.Permits, s.out.Permits)
	}
	return workspace.Run(s.params, &s.in, &s.out)
}

// promise lets everybody promise weights for the epoch to come.
func (s *run) promise() {
	for uid, c := range s.out.Consensus {
		s.view.Consensus[uid] = float64(c)
	}
	truth := s.history.quality[s.epoch]
	for i := range s.world.Validators {
		s.commit(i, Ballot{Weights: s.world.judge(s.judges[i], truth, s.estimate), Asked: true})
	}
	s.view.Attack = s.epoch - s.world.WarmUp
	for i := range s.world.CabalValidators {
		uid := s.world.cabalValidator(i)
		s.view.Age = s.epoch - s.revealed[uid]
		s.view.judge = func() []float64 { return s.world.judge(s.judges[uid], truth, s.estimate) }
		s.commit(uid, s.strategy.Ballot(i, &s.view))
	}
}

// commit stores a promise, its weights scaled so that the largest is 65535.
func (s *run) commit(i int, b Ballot) {
	p := &s.promises[i]
	p.row = p.row[:0]
	top := 0.0
	for _, w := range b.Weights {
		top = max(top, w)
	}
	p.made = top > 0
	if !p.made {
		return
	}
	for uid, w := range b.Weights {
		if v := uint16(math.Round(max(w, 0) / top * math.MaxUint16)); v > 0 {
			p.row = append(p.row, yuma.Entry{UID: uint16(uid), Value: v})
		}
	}
	p.passes = s.examine(i, p.row, b.Asked)
}

// examine draws as the chain does: leaves one after the other, each in proportion to the weight of its miner among those left. Each
// opening must fall on a receipt that exists; who asked has them all.
func (s *run) examine(i int, row []yuma.Entry, asked bool) bool {
	if asked {
		return true
	}
	s.left = s.left[:0]
	var mass uint64
	for _, e := range row {
		left := s.rules.ExamReceipts
		if int(e.UID) == i {
			left = 0 // a validator needs no receipts of itself
		}
		s.left = append(s.left, left)
		mass += uint64(left) * uint64(e.Value)
	}
	for range s.rules.ExamOpenings {
		if mass == 0 {
			break // all are open
		}
		v, k := s.examiner[i].Uint64N(mass), 0
		for ; v >= uint64(s.left[k])*uint64(row[k].Value); k++ {
			v -= uint64(s.left[k]) * uint64(row[k].Value)
		}
		if !s.world.isCabal(int(row[k].UID)) {
			return false
		}
		s.left[k]--
		mass -= uint64(row[k].Value)
	}
	return true
}
