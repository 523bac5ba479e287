package attack

// turncoat looks honest through the warm-up and then, all at once, is self-dealing.
type turncoat struct{}

func (turncoat) Name() string { return "switch" }
func (turncoat) About() string {
	return "is honest in the warm-up, then all at once self-dealing, with the bonds that it holds"
}

func (turncoat) Ballot(i int, v *View) Ballot {
	if v.Attack >= 0 {
		return selfDealing{}.Ballot(i, v)
	}
	return honest{}.Ballot(i, v)
}
