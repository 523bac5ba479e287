package attack

// frontRun buys the bonds of miners before others see them rise, and sells before they fall.
type frontRun struct{}

func (frontRun) Name() string { return "front-run" }
func (frontRun) About() string {
	return "knows how good each miner will be in ten epochs and gives weight for that already, to hold the bonds first"
}

func (frontRun) Ballot(_ int, v *View) Ballot {
	return Ballot{Weights: v.Foresee(foresight), Asked: true}
}
