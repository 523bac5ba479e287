package attack

// withhold is honest until it holds bonds, and then sets no weights any more.
type withhold struct{}

func (withhold) Name() string { return "withhold" }
func (withhold) About() string {
	return "is honest in the warm-up, then reveals nothing and lives on its old row and its old bonds"
}

func (withhold) Ballot(i int, v *View) Ballot {
	if v.Attack >= 0 {
		return Ballot{}
	}
	return honest{}.Ballot(i, v)
}
