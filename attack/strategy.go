package attack

import (
	"fmt"
	"slices"
)

// Strategy is what a cabal does. It keeps nothing between two calls: what it may know is in the view.
type Strategy interface {
	Name() string
	// About is one line for people.
	About() string
	// Ballot is what validator i of the cabal, counted from 0, promises in this epoch.
	Ballot(i int, v *View) Ballot
}

// Shaper is a strategy that wants other numbers of uids than the world gives it.
type Shaper interface {
	Shape(w World) World
}

// Ballot is a promise of weights.
type Ballot struct {
	// Weights are by uid, in any unit. None is silence: nothing is promised, the row before goes on counting while the
	// validator is active.
	Weights []float64
	// Asked is whether honest miners were asked and have signed receipts. The cabal's own sign unasked.
	Asked bool
}

// View is what a validator of the cabal may see when it promises weights: everything that was revealed this far, which is
// what was promised an epoch ago.
type View struct {
	// Attack counts the epochs that are measured, from 0; it is negative in the warm-up.
	Attack int
	// Age is for how many epochs the validator's own row has not been renewed, MaxAge for how many it counts. Age is above
	// MaxAge if there is no row.
	Age, MaxAge int
	// Consensus is by uid and what the revealed rows give: anybody can compute it before the epoch runs.
	Consensus []float64
	// Judges are the cabal's validators, Own its miners, Others the honest miners: uids.
	Judges, Own, Others []int
	// Dust is how many of the cabal's validators, the last, have next to no stake.
	Dust int

	judge   func() []float64
	foresee func(epochs int) []float64
	row     []float64
}

// Judge asks all miners and judges them as an honest validator does. By uid.
func (v *View) Judge() []float64 { return v.judge() }

// Foresee is the true quality so many epochs from now, at most ten: what an insider knows. By uid.
func (v *View) Foresee(epochs int) []float64 { return v.foresee(min(max(epochs, 0), foresight)) }

// blank is a row of zeros to fill. There is one for each call of Ballot.
func (v *View) blank() []float64 {
	clear(v.row)
	return v.row
}

// strategies are all that the lab knows, in the order in which they are shown.
var strategies = []Strategy{
	honest{}, selfDealing{}, copying{}, copyUnasked{}, copyPadded{}, copyPart{}, withhold{}, lazy{}, turncoat{}, sybil{}, frontRun{}, dilute{},
}

// Strategies are the names of all strategies, the honest control first.
func Strategies() []string {
	names := make([]string, len(strategies))
	for i, s := range strategies {
		names[i] = s.Name()
	}
	return names
}

// About is what a strategy does, in one line; empty for a name that is not known.
func About(name string) string {
	s, err := strategyOf(name)
	if err != nil {
		return ""
	}
	return s.About()
}

func strategyOf(name string) (Strategy, error) {
	i := slices.IndexFunc(strategies, func(s Strategy) bool { return s.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: strategy %q is not known, choose of %s", ErrConfig, name, join(Strategies()))
	}
	return strategies[i], nil
}
