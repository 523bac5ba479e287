package attack

// lazy is honest as seldom as activity allows: its row goes on counting while it does nothing.
type lazy struct{}

func (lazy) Name() string { return "lazy" }
func (lazy) About() string {
	return "is honest, but renews its weights only when it would become inactive otherwise"
}

func (lazy) Ballot(i int, v *View) Ballot {
	if v.Age < v.MaxAge {
		return Ballot{}
	}
	return honest{}.Ballot(i, v)
}
