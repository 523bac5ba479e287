package attack

// selfDealing gives all weight to the cabal's own miners.
type selfDealing struct{}

func (selfDealing) Name() string  { return "self-dealing" }
func (selfDealing) About() string { return "gives all weight to its own worthless miners" }

func (selfDealing) Ballot(_ int, v *View) Ballot {
	row := v.blank()
	for _, uid := range v.Own {
		row[uid] = 1
	}
	return Ballot{Weights: row}
}
