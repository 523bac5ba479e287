package simulation

import (
	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/emission/types"
)

// Messages are the module's messages.
func Messages() []chance.Message {
	return []chance.Message{
		chance.Of(2, updateParams),
	}
}

// Params are parameters within their bounds.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.SecurityBps = uint32(d.Between(0, types.MaxSecurityBps))
	p.CommunityBps = uint32(d.Between(0, types.MaxCommunityBps))
	p.OwnerCutBps = uint32(d.Between(0, types.MaxOwnerCutBps))
	p.PriceHalfLife = d.Between(1, 1_000)
	return p
}

func updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.SecurityBps = uint32(w.Edge())
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
