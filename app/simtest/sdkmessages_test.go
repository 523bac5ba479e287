package simtest

import (
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/internal/chance"
)

// sdkMessages are generators of messages of the SDK's modules that move coins, rights and rules, with own ones inside those that carry
// messages.
func sdkMessages(a *app.App, own []chance.Message) []chance.Message {
	has := func(w *chance.World, who sdk.AccAddress) uint64 {
		return a.BankKeeper.GetBalance(w.Ctx, who, params.BaseDenom).Amount.Uint64()
	}
	part := func(w *chance.World, who sdk.AccAddress) sdk.Coin {
		return sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(w.Amount(has(w, who)/50)))
	}
	validator := apptest.NewAccount(apptest.ValidatorName).ValAddress().String()
	proposal := func(w *chance.World) uint64 {
		next, err := a.GovKeeper.ProposalID.Peek(w.Ctx)
		if err != nil {
			return 1
		}
		return 1 + w.Below(next)
	}
	// carried is a message of ours that one account, or governance, signs.
	carried := func(w *chance.World, byAuthority bool) sdk.Msg {
		for range 20 {
			m := chance.Draw(w.Dice, own).Make(w)
			if m == nil {
				continue
			}
			if by := signers(a, m); len(by) == 1 && (by[0].String() == w.Authority) == byAuthority {
				return m
			}
		}
		return nil
	}
	return []chance.Message{
		chance.Of(20, func(w *chance.World) *banktypes.MsgSend {
			from := w.Actor()
			return banktypes.NewMsgSend(from, w.Actor(), sdk.Coins{part(w, from)})
		}),
		chance.Of(10, func(w *chance.World) *stakingtypes.MsgDelegate {
			from := w.Actor()
			return stakingtypes.NewMsgDelegate(from.String(), validator, part(w, from))
		}),
		chance.Of(10, func(w *chance.World) *stakingtypes.MsgUndelegate {
			from := w.Actor()
			d, err := a.StakingKeeper.GetDelegation(w.Ctx, from, apptest.NewAccount(apptest.ValidatorName).ValAddress())
			if err != nil {
				return nil
			}
			return stakingtypes.NewMsgUndelegate(from.String(), validator, sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(w.Amount(d.Shares.TruncateInt().Uint64()))))
		}),
		chance.Of(6, func(w *chance.World) *govtypes.MsgSubmitProposal {
			m := carried(w, true)
			if m == nil {
				return nil
			}
			p, err := a.GovKeeper.Params.Get(w.Ctx)
			if err != nil {
				return nil
			}
			msg, err := govtypes.NewMsgSubmitProposal([]sdk.Msg{m}, p.MinDeposit, w.Actor().String(), "", "a rule", "changes a rule", false)
			if err != nil {
				return nil
			}
			return msg
		}),
		chance.Of(12, func(w *chance.World) *govtypes.MsgVote {
			return govtypes.NewMsgVote(w.Actor(), proposal(w), chance.Pick(w.Dice, []govtypes.VoteOption{govtypes.OptionYes, govtypes.OptionNo, govtypes.OptionAbstain}), "")
		}),
		chance.Of(12, func(w *chance.World) *authz.MsgGrant {
			m := chance.Draw(w.Dice, own)
			until := sdk.UnwrapSDKContext(w.Ctx).BlockTime().Add(time.Duration(w.Below(600)) * time.Second)
			msg, err := authz.NewMsgGrant(w.Actor(), w.Actor(), authz.NewGenericAuthorization(m.URL()), &until)
			if err != nil {
				return nil
			}
			return msg
		}),
		chance.Of(16, func(w *chance.World) *authz.MsgExec {
			m := carried(w, false)
			if m == nil {
				return nil
			}
			who := w.Actor()
			granter := signers(a, m)[0]
			a.AuthzKeeper.IterateGrants(w.Ctx, func(from, to sdk.AccAddress, _ authz.Grant) bool {
				if from.Equals(granter) {
					who = to
				}
				return from.Equals(granter)
			})
			msg := authz.NewMsgExec(who, []sdk.Msg{m})
			return &msg
		}),
		chance.Of(3, func(w *chance.World) *authz.MsgRevoke {
			msg := authz.NewMsgRevoke(w.Actor(), w.Actor(), chance.Draw(w.Dice, own).URL())
			return &msg
		}),
	}
}
