package attack

// honest is the control: a cabal that asks and judges as everybody else.
type honest struct{}

func (honest) Name() string  { return "honest" }
func (honest) About() string { return "asks and judges as everybody else: the control" }

func (honest) Ballot(_ int, v *View) Ballot { return Ballot{Weights: v.Judge(), Asked: true} }
