package attack

// sybil spreads the same stake over many validators and votes for many miners. It gathers bonds as honest validators do, and
// then half of its validators keep one foot in the consensus, so that they earn while the other half votes.
type sybil struct{}

func (sybil) Name() string { return "sybil" }
func (sybil) About() string {
	return "four times the uids; gathers bonds in the warm-up, then half are self-dealing and half mix copying with it"
}

// Shape splits the stake and the miners once more by four.
func (sybil) Shape(w World) World {
	w.CabalValidators *= 4
	w.CabalMiners *= 4
	return w
}

func (sybil) Ballot(i int, v *View) Ballot {
	switch {
	case v.Attack < 0:
		return honest{}.Ballot(i, v)
	case i%2 == 0:
		return selfDealing{}.Ballot(i, v)
	}
	row := copied(v)
	if row == nil {
		return selfDealing{}.Ballot(i, v)
	}
	var sum float64
	for _, uid := range v.Others {
		sum += row[uid]
	}
	for _, uid := range v.Own {
		row[uid] = sum / float64(len(v.Own))
	}
	return Ballot{Weights: row, Asked: true}
}
