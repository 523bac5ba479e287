package directives

import "slices"

func keys(m map[string]int) []string {
	var out []string
	//agon:sorted the keys are sorted below
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	for range m { //agon:sorted only counts
	}

	//agon:sorted too far from what it excuses // want `agon:sorted with no range`

	for range m { // want `range over a map`
	}
	/* a reason is needed */ //agon:sorted// want `agon:sorted without a reason`
	for range m {
	}
	//agon:sorted a slice needs no excuse // want `agon:sorted with no range`
	for range out {
	}
	return out
}
