package verbs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/agon-chain/agon/x/emission/curve"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagWaitBelow = "wait-below"
	flagTimeout   = "timeout"
	// priceEvery is how often the price is asked for while somebody waits for it to fall.
	priceEvery = time.Second
)

// errWaited says that a price did not fall in time, or never will.
var errWaited = errors.New("the price has not fallen to that")

// registerBelow waits until a uid costs at most so much, then registers. Where others were faster it waits on.
func (s *session) registerBelow(text string) error {
	most, err := parseUnit(flagWaitBelow, text, unitAgon)
	if err != nil {
		return err
	}
	if !s.yes && !s.dryRun {
		return fmt.Errorf("--%s sends when the price is there, and nobody may be there to confirm: give --yes with it", flagWaitBelow)
	}
	timeout, _ := s.cmd.Flags().GetDuration(flagTimeout)
	deadline := time.Now().Add(timeout)
	for {
		if err := s.waitBelow(most, deadline); err != nil {
			return err
		}
		p, err := s.planRegister()
		if err == nil {
			if msg, ok := p.msg.(*subnettypes.MsgRegister); ok {
				msg.MaxPrice = most
			}
			p.expect = append(p.expect, field{"max_price", base(most), "waited for", agon(most) + " or less, and pays no more"})
			err = s.carryOut(p)
		}
		if !overtaken(err) || time.Now().After(deadline) {
			return err
		}
		fmt.Fprintln(s.aside(), "others were faster; waiting on")
	}
}

// overtaken says that somebody else took the price that was waited for.
func overtaken(err error) bool {
	if err == nil {
		return false
	}
	for _, refusal := range []error{subnettypes.ErrPriceAboveLimit, subnettypes.ErrTooManyRegistrations} {
		if errors.Is(err, refusal) || strings.Contains(err.Error(), refusal.Error()) {
			return true
		}
	}
	return false
}

// waitBelow returns once the price is at most so much. With --dry-run it does not wait and only says when that would be.
func (s *session) waitBelow(most uint64, deadline time.Time) error {
	which, _ := s.cmd.Flags().GetString(flagSubnet)
	subnet, err := s.subnet(which)
	if err != nil {
		return err
	}
	waiting := newProgress(s.aside(), terminal(s.aside()), "")
	defer waiting.end()
	for {
		r, err := s.subnets().RegistrationPrice(s.cmd.Context(), &subnettypes.QueryRegistrationPriceRequest{Netuid: subnet.Netuid})
		if err != nil {
			return err
		}
		if r.Price <= most {
			return nil
		}
		if r.Floor > most {
			return fmt.Errorf("%w: it never falls below %s, the floor of subnet %d", errWaited, agon(r.Floor), subnet.Netuid)
		}
		in := fallsIn(r.Price, most, subnet.Hyperparams)
		say := fmt.Sprintf("a uid of subnet %d costs %s; it costs %s in %d blocks, at %d, if nobody registers", subnet.Netuid, agon(r.Price), agon(most), in, r.Block+int64(in))
		if s.dryRun {
			return fmt.Errorf("%w: %s", errWaited, say)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: --%s is over: %s", errWaited, flagTimeout, say)
		}
		waiting.say(say)
		select {
		case <-s.cmd.Context().Done():
			return s.cmd.Context().Err()
		case <-time.After(priceEvery):
		}
	}
}

// fallsIn is in how many blocks a price falls to so much, if nobody registers.
func fallsIn(price, most uint64, h subnettypes.Hyperparams) uint64 {
	low, high := uint64(0), h.RegistrationPriceHalfLife*64
	for low < high {
		middle := low + (high-low)/2
		if curve.DecayedPrice(price, middle, h.RegistrationPriceHalfLife, h.MinRegistrationPrice) <= most {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}
