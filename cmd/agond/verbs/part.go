package verbs

import (
	"errors"
	"fmt"
	"strings"
)

// errPart refuses how much is to be taken.
var errPart = errors.New("no part of a position")

// share says how much of a position is meant: an amount of what it counts, a part in basis points, or all of it.
type share struct {
	alpha  uint64
	points uint64
}

// parseShare reads 5alpha, 50% or all; of root stake, which counts AGON, 5agon.
func parseShare(text string, want unit) (share, error) {
	if strings.EqualFold(text, "all") {
		return share{points: bps}, nil
	}
	if strings.HasSuffix(text, "%") {
		points, err := parsePercent(text)
		if err == nil && points == 0 {
			err = fmt.Errorf("%w: 0%% is nothing", errPart)
		}
		return share{points: points}, err
	}
	a, err := parseAmount(text)
	if err != nil {
		return share{}, fmt.Errorf("%w, or a part of what you have: 50%% or all", err)
	}
	if a.Unit != want {
		what := [...]string{"at the root is AGON: write 5agon", "in a subnet is its token: write 5alpha"}[want]
		return share{}, fmt.Errorf("%w: %q: what is staked %s, 50%% or all", errPart, text, what)
	}
	return share{alpha: a.Base}, nil
}

// of a position that stands for so much token: what to ask the chain for, where 0 takes all, and how much that is now.
func (p share) of(position uint64) (ask, alpha uint64, err error) {
	switch {
	case position == 0:
		return 0, 0, fmt.Errorf("%w: there is nothing behind that hotkey", errPart)
	case p.points == bps:
		return 0, position, nil
	case p.points > 0:
		alpha = part(position, p.points)
		if alpha == 0 {
			return 0, 0, fmt.Errorf("%w: that part of %s is less than the chain counts: take all", errPart, plain(position))
		}
		return alpha, alpha, nil
	case p.alpha > position:
		return 0, 0, fmt.Errorf("%w: %s of %s: take less, or all", errPart, plain(p.alpha), plain(position))
	}
	return p.alpha, p.alpha, nil
}
