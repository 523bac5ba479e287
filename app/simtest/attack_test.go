package simtest

import (
	"fmt"
	"slices"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
)

// attack lets a few accounts that work together send any of their own messages within one block, in a branch that is thrown away
// after it: together they never own more than before, but for the rounding of shares. There is no emission within a block, so whatever they gained would be
// somebody's loss.
func attack(p *player, d *chance.Dice) error {
	ctx, _ := p.ctx.CacheContext()
	var gang []sdk.AccAddress
	for range 1 + d.Below(3) {
		gang = append(gang, chance.Pick(d, actors()))
	}
	slices.SortFunc(gang, func(a, b sdk.AccAddress) int { return strings.Compare(string(a), string(b)) })
	gang = slices.CompactFunc(gang, func(a, b sdk.AccAddress) bool { return a.Equals(b) })
	if err := p.settlePools(ctx); err != nil {
		return err
	}
	before, dust, err := p.worth(ctx, gang)
	if err != nil {
		return err
	}
	most := dust.Add(dust, before)
	var sent []string
	all := slices.DeleteFunc(messages(p.app), uncounted)
	for range 2 + d.Below(14) {
		msg := chance.Draw(d, all).Make(&chance.World{Dice: d, Ctx: ctx, Actors: gang, Authority: gang[0].String()})
		if msg == nil || !signedBy(p.stage, msg, gang) {
			continue
		}
		if _, err := p.deliver(ctx, msg); err != nil {
			if err := checkError(err); err != nil {
				return err
			}
			continue
		}
		sent = append(sent, step{msg}.String())
		if err := p.settlePools(ctx); err != nil {
			return err
		}
		after, more, err := p.worth(ctx, gang)
		if err != nil {
			return err
		}
		if after.Cmp(more.Add(more, most)) > 0 {
			return fmt.Errorf("%d accounts that owned %s nagon own %s after %d messages of theirs:\n%s",
				len(gang), before.FloatString(6), after.FloatString(6), len(sent), strings.Join(sent, "\n"))
		}
	}
	return nil
}

// uncounted are messages by which what accounts own changes at nobody's cost. What a fund holds is somebody's but in no account of
// his. A dissolution destroys the token that the pool owns, which is worth something to all who hold any, and pays collateral back before it has
// vested, as trimming does. What is claimed by a payer's vouchers is earned, and a refund is what the community pool would get.
func uncounted(m chance.Message) bool {
	switch m.URL() {
	case "/agon.subnet.v1.MsgDissolveSubnet", "/agon.subnet.v1.MsgCreateSubnet", "/agon.subnet.v1.MsgTrimNeurons",
		"/agon.payment.v1.MsgClaim", "/agon.payment.v1.MsgCloseChannel", "/agon.payment.v1.MsgClaimRefund":
		return true
	}
	return strings.HasPrefix(m.URL(), "/agon.crowdfund.")
}

func signedBy(s *stage, msg sdk.Msg, gang []sdk.AccAddress) bool {
	list := signers(s.app, msg)
	return len(list) > 0 && !slices.ContainsFunc(list, func(a sdk.AccAddress) bool {
		return !slices.ContainsFunc(gang, func(g sdk.AccAddress) bool { return g.Equals(a) })
	})
}
