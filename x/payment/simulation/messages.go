package simulation

import (
	"crypto/ed25519"
	"crypto/sha256"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/payment/keeper"
	"github.com/agon-chain/agon/x/payment/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnetsim "github.com/agon-chain/agon/x/subnet/simulation"
)

type maker struct {
	subnetsim.Places
	k       *keeper.Keeper
	queries types.QueryServer
}

// Messages are the module's messages, made from the state behind the keepers. Every payer signs with the key that follows from its address.
func Messages(k *keeper.Keeper, subnet *subnetkeeper.Keeper) []chance.Message {
	m := maker{Places: subnetsim.Places{K: subnet}, k: k, queries: keeper.NewQueryServer(k)}
	return []chance.Message{
		chance.Of(12, m.deposit),
		chance.Of(4, m.withdraw),
		chance.Of(3, m.setOperators),
		chance.Of(16, m.openChannel),
		chance.Of(6, m.topUp),
		chance.Of(4, m.requestWithdrawal),
		chance.Of(6, m.finishWithdrawal),
		chance.Of(30, m.claim),
		chance.Of(3, m.closeChannel),
		chance.Of(6, m.sweep),
		chance.Of(6, m.setPrice),
		chance.Of(6, m.claimRefund),
		chance.Of(1, m.updateParams),
	}
}

// Params are parameters within their bounds, under which much happens in few blocks.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.MinDeposit = d.Between(1, 1_000)
	p.MaxChannelBlocks = d.Between(5, 200)
	p.WithdrawDelay, p.SweepGrace = d.Between(1, 20), d.Between(1, 20)
	p.MaxChannels = uint32(d.Between(1, 12))
	p.ModelBps, p.SubnetBps, p.ProtocolBps = uint32(d.Between(0, types.MaxShareBps)), uint32(d.Between(0, types.MaxShareBps)), uint32(d.Between(0, types.MaxShareBps))
	p.RefundWindow = d.Between(types.BucketBlocks, 3*types.BucketBlocks)
	p.RefundPeriod = d.Between(1, 120)
	return p
}

// VoucherKey is the one with which an owner's channels are opened.
func VoucherKey(owner string) wire.VoucherKey {
	seed := sha256.Sum256([]byte("voucher key of " + owner))
	key, err := wire.VoucherKeyFromSeed(seed[:])
	if err != nil {
		panic(err) // a seed of 32 bytes is one
	}
	return key
}

// account is an actor's, as a rule one that holds something.
func (m maker) account(w *chance.World) types.Account {
	var a types.Account
	for range 6 {
		owner := w.Actor()
		a, _ = m.k.AccountOf(w.Ctx, owner)
		a.Owner = owner.String()
		if a.Balance > 0 {
			break
		}
	}
	return a
}

// operator is who may use an account, as a rule.
func (m maker) operator(w *chance.World, a types.Account) string {
	switch {
	case w.OneIn(30):
		return w.Actor().String()
	case len(a.Operators) > 0 && w.OneIn(2):
		return chance.Pick(w.Dice, a.Operators)
	}
	return a.Owner
}

// channel is one that satisfies, or as a rule any that is open, or now and then none that there is.
func (m maker) channel(w *chance.World, suits func(types.Channel) bool) types.Channel {
	var known, good []types.Channel
	for _, a := range w.Actors {
		res, err := m.queries.ChannelsOf(w.Ctx, &types.QueryChannelsOfRequest{Owner: a.String()})
		if err != nil {
			continue
		}
		for _, c := range res.Channels {
			if known = append(known, c); c.Open() && suits(c) {
				good = append(good, c)
			}
		}
	}
	switch {
	case len(good) > 0 && !w.OneIn(20):
		return chance.Pick(w.Dice, good)
	case len(known) > 0 && !w.OneIn(20):
		return chance.Pick(w.Dice, known)
	}
	return types.Channel{Id: w.Edge(), Owner: w.Actor().String(), Payee: w.Actor().String()}
}

func all(types.Channel) bool { return true }

func (m maker) accountOf(w *chance.World, c types.Channel) types.Account {
	owner, err := sdk.AccAddressFromBech32(c.Owner)
	if err != nil {
		return types.Account{}
	}
	a, _ := m.k.AccountOf(w.Ctx, owner)
	return a
}

func (m maker) deposit(w *chance.World) *types.MsgDeposit {
	sender := w.Actor().String()
	out := &types.MsgDeposit{Sender: sender, Owner: sender, Amount: w.Size(1_000_000_000)}
	switch w.Below(20) {
	case 0:
		out.Amount = w.Edge()
	case 1, 2:
		out.Owner = w.Actor().String()
	}
	return out
}

func (m maker) withdraw(w *chance.World) *types.MsgWithdraw {
	a := m.account(w)
	return &types.MsgWithdraw{Owner: a.Owner, Amount: w.Amount(a.Balance)}
}

func (m maker) setOperators(w *chance.World) *types.MsgSetOperators {
	out := &types.MsgSetOperators{Owner: w.Actor().String()}
	for range w.Below(types.MaxOperators / 2) {
		out.Operators = append(out.Operators, w.Actor().String())
	}
	if w.OneIn(30) {
		out.Operators = slices.Repeat([]string{w.Actor().String()}, 1+w.Intn(types.MaxOperators+2))
	}
	return out
}

// miner is a hotkey that serves, as a rule: who serves nothing is paid by nobody and accused by nobody.
func (m maker) miner(w *chance.World, netuid uint32) sdk.AccAddress {
	hotkey := m.Hotkey(w, netuid)
	for range 8 {
		uid, err := m.K.UIDOf(w.Ctx, netuid, hotkey)
		if err != nil {
			break
		}
		if n, err := m.K.GetNeuron(w.Ctx, netuid, uid); err == nil && n.Axon != nil {
			break
		}
		hotkey = m.Hotkey(w, netuid)
	}
	return hotkey
}

func (m maker) openChannel(w *chance.World) *types.MsgOpenChannel {
	a, netuid := m.account(w), m.Netuid(w)
	key := VoucherKey(a.Owner).Public()
	out := &types.MsgOpenChannel{
		Signer: m.operator(w, a), Owner: a.Owner, Netuid: netuid, Payee: m.miner(w, netuid).String(), VoucherKey: key[:],
		Deposit: w.Amount(a.Balance), Blocks: w.Between(1, 40),
	}
	if out.Deposit < 1_000 && !w.OneIn(8) { // less is often below the least
		out.Deposit = min(a.Balance, 1_000)
	}
	switch w.Below(30) {
	case 0:
		out.VoucherKey = w.Bytes(w.Intn(40))
	case 1:
		out.Blocks = w.Edge()
	case 2, 3, 4:
		out.VersionId = w.Below(20)
	}
	return out
}

func (m maker) topUp(w *chance.World) *types.MsgTopUp {
	c := m.channel(w, func(c types.Channel) bool { return c.ClosingAt == 0 })
	a := m.accountOf(w, c)
	return &types.MsgTopUp{Signer: m.operator(w, a), Channel: c.Id, Amount: w.Amount(a.Balance), Blocks: w.Below(60)}
}

func (m maker) requestWithdrawal(w *chance.World) *types.MsgRequestWithdrawal {
	c := m.channel(w, func(c types.Channel) bool { return c.ClosingAt == 0 })
	return &types.MsgRequestWithdrawal{Signer: m.operator(w, m.accountOf(w, c)), Channel: c.Id}
}

func (m maker) finishWithdrawal(w *chance.World) *types.MsgFinishWithdrawal {
	c := m.channel(w, func(c types.Channel) bool { return c.ClosingAt != 0 && c.ClosingAt <= w.Height() })
	return &types.MsgFinishWithdrawal{Signer: m.operator(w, m.accountOf(w, c)), Channel: c.Id}
}

// item is a voucher of a channel's, as a rule one that is worth something.
func item(w *chance.World, c types.Channel) types.ClaimItem {
	out := types.ClaimItem{Channel: c.Id, Cumulative: c.Claimed + w.Amount(c.Rest())}
	v := wire.Voucher{ChainIDHash: wire.ChainIDHash(sdk.UnwrapSDKContext(w.Ctx).ChainID()), Channel: c.Id, Cumulative: out.Cumulative}
	if err := v.Sign(VoucherKey(c.Owner)); err == nil {
		out.Signature = v.Signature[:]
	}
	switch w.Below(40) {
	case 0:
		out.Signature = w.Bytes(ed25519.SignatureSize)
	case 1:
		out.Signature = w.Bytes(w.Intn(ed25519.SignatureSize + 2))
	case 2:
		out.Cumulative = w.Edge()
	}
	return out
}

// payeeOf is who claims for a channel.
func (m maker) payeeOf(w *chance.World, c types.Channel) string {
	payee, err := sdk.AccAddressFromBech32(c.Payee)
	if err != nil {
		return c.Payee
	}
	return m.Signer(w, payee).String()
}

func (m maker) claim(w *chance.World) *types.MsgClaim {
	c := m.channel(w, func(c types.Channel) bool { return c.Rest() > 0 })
	out := &types.MsgClaim{Payee: m.payeeOf(w, c), Items: []types.ClaimItem{item(w, c)}}
	for range w.Below(5) {
		same := m.channel(w, func(o types.Channel) bool { return o.Payee == c.Payee })
		out.Items = append(out.Items, item(w, same))
	}
	if w.OneIn(60) {
		out.Items = slices.Repeat(out.Items, w.Intn(types.MaxClaimItems))
	}
	return out
}

func (m maker) closeChannel(w *chance.World) *types.MsgCloseChannel {
	c := m.channel(w, all)
	out := &types.MsgCloseChannel{Payee: m.payeeOf(w, c), Channel: c.Id}
	if w.OneIn(2) {
		i := item(w, c)
		out.Cumulative, out.Signature = i.Cumulative, i.Signature
	}
	return out
}

func (m maker) sweep(w *chance.World) *types.MsgSweep {
	c := m.channel(w, func(c types.Channel) bool { return c.SweepAt() <= w.Height() })
	return &types.MsgSweep{Sender: w.Actor().String(), Channel: c.Id}
}

func (m maker) setPrice(w *chance.World) *types.MsgSetPrice {
	netuid := m.Netuid(w)
	out := &types.MsgSetPrice{
		Hotkey: m.Signer(w, m.Hotkey(w, netuid)).String(), Netuid: netuid,
		PerRequest: w.Size(1_000_000), PerMillionInput: w.Size(1_000_000_000), PerMillionOutput: w.Size(1_000_000_000),
	}
	switch w.Below(10) {
	case 0:
		out.PerRequest = w.Edge()
	case 1:
		out.PerRequest, out.PerMillionInput, out.PerMillionOutput = 0, 0, 0
	}
	return out
}

// claimRefund is of a channel that paid the miner whom a pot is about, as a rule.
func (m maker) claimRefund(w *chance.World) *types.MsgClaimRefund {
	res, err := m.queries.Pots(w.Ctx, &types.QueryPotsRequest{})
	if err != nil || len(res.Pots) == 0 && !w.OneIn(10) {
		return nil
	}
	p := chance.Pick(w.Dice, res.Pots)
	to, err := m.queries.ChannelsTo(w.Ctx, &types.QueryChannelsToRequest{Payee: p.Miner})
	if err != nil || len(to.Channels) == 0 {
		return &types.MsgClaimRefund{Sender: w.Actor().String(), CaseId: p.CaseId, Channel: m.channel(w, all).Id}
	}
	c := chance.Pick(w.Dice, to.Channels)
	for _, o := range to.Channels {
		if r, err := m.queries.Refund(w.Ctx, &types.QueryRefundRequest{CaseId: p.CaseId, Channel: o.Id}); err == nil && r.Refund > 0 && !w.OneIn(4) {
			c = o
		}
	}
	return &types.MsgClaimRefund{Sender: w.Actor().String(), CaseId: p.CaseId, Channel: c.Id}
}

func (m maker) updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.ModelBps = uint32(w.Edge())
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
