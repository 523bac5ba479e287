package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/wire"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	"github.com/agon-chain/agon/x/payment/simulation"
	"github.com/agon-chain/agon/x/payment/types"
)

const (
	paid    = types.ClaimStatus_CLAIM_STATUS_PAID
	nothing = types.ClaimStatus_CLAIM_STATUS_NOTHING
	unknown = types.ClaimStatus_CLAIM_STATUS_UNKNOWN_CHANNEL
	closed  = types.ClaimStatus_CLAIM_STATUS_CLOSED
	another = types.ClaimStatus_CLAIM_STATUS_NOT_PAYEE
	forged  = types.ClaimStatus_CLAIM_STATUS_BAD_SIGNATURE
)

// A claim pays what a voucher is worth beyond what was claimed: an old one, the same again, in one claim or in several, pays nothing and is
// no error; one above the deposit pays what is there.
func TestClaimIsMonotone(t *testing.T) {
	f := setup(t, nil)
	id := f.channel(0, 0, 10*agon)
	owner, hotkey := f.nagon(markettest.Owner(0)), f.nagon(markettest.Hotkey(0))
	for _, c := range []struct{ cumulative, paid, claimed uint64 }{
		{3 * agon, 3 * agon, 3 * agon},
		{3 * agon, 0, 3 * agon},
		{agon, 0, 3 * agon},
		{0, 0, 3 * agon},
		{3*agon + 1, 1, 3*agon + 1},
		{1 << 63, 7*agon - 1, 10 * agon},
		{1 << 63, 0, 10 * agon},
	} {
		res := must(f, claim, claims(0, f.voucher(0, id, c.cumulative)))
		status := paid
		if c.paid == 0 {
			status = nothing
		}
		require.Equal(t, []types.ClaimResult{{Channel: id, Status: status, Paid: c.paid, Claimed: c.claimed}}, res.Results)
		require.Equal(t, c.paid, res.Paid)
		f.CheckInvariants()
	}
	require.Equal(t, hotkey, f.nagon(markettest.Hotkey(0)), "a hotkey gets nothing")
	got := f.nagon(markettest.Owner(0)) - owner
	require.True(t, got >= 10*agon*97/100 && got <= 10*agon*97/100+3*2, "%d: its part, and less than a unit for each other part of three claims", got)

	// More room: the same voucher is worth more.
	f.put(0, agon)
	must(f, topUp, &types.MsgTopUp{Signer: payer(0).String(), Channel: id, Amount: agon})
	require.Equal(t, agon, must(f, claim, claims(0, f.voucher(0, id, 1<<63))).Paid)
}

// One bad item hinders no other, wherever it stands.
func TestEachItemStandsForItself(t *testing.T) {
	f := setup(t, nil)
	mine, others, ended := f.channel(0, 0, agon), f.channel(1, 1, agon), f.channel(2, 0, agon)
	must(f, closing, &types.MsgCloseChannel{Payee: markettest.Hotkey(0).String(), Channel: ended})
	good := f.voucher(0, mine, 100)
	bad := f.voucher(0, mine, 200)
	bad.Cumulative++
	short := types.ClaimItem{Channel: mine, Cumulative: 300, Signature: []byte{1, 2, 3}}
	foreign := wire.Voucher{ChainIDHash: wire.ChainIDHash("another-chain"), Channel: mine, Cumulative: 400}
	require.NoError(t, foreign.Sign(simulation.VoucherKey(payer(0).String())))
	elsewhere := types.ClaimItem{Channel: mine, Cumulative: 400, Signature: foreign.Signature[:]}
	moved := f.voucher(1, others, 500) // of another channel's key and number
	moved.Channel = mine

	want := map[types.ClaimStatus]types.ClaimItem{
		unknown: f.voucher(0, 99, 1), closed: f.voucher(2, ended, 1), another: f.voucher(1, others, 1),
	}
	items := []types.ClaimItem{want[unknown], bad, want[closed], good, short, want[another], elsewhere, f.voucher(0, mine, 150), moved}
	res := must(f, claim, claims(0, items...))
	var got []types.ClaimStatus
	for _, r := range res.Results {
		got = append(got, r.Status)
	}
	require.Equal(t, []types.ClaimStatus{unknown, forged, closed, paid, forged, another, forged, paid, forged}, got)
	require.EqualValues(t, 150, res.Paid)
	require.EqualValues(t, 150, f.get(mine).Claimed)
	require.Zero(t, f.get(others).Claimed)
	refused := events[*types.EventClaimRefused](f)
	require.Len(t, refused, 7)
	for _, e := range refused {
		require.NotEmpty(t, e.Reason)
	}
	f.Next()

	for title, c := range map[string]struct {
		m    types.MsgClaim
		want error
	}{
		"no-items":     {*claims(0), types.ErrInvalidClaim},
		"too-many":     {*claims(0, make([]types.ClaimItem, types.MaxClaimItems+1)...), types.ErrInvalidClaim},
		"a-long-proof": {*claims(0, types.ClaimItem{Channel: mine, Signature: make([]byte, 65)}), types.ErrInvalidClaim},
	} {
		_, err := do(f, claim, &c.m)
		require.ErrorIs(t, err, c.want, title)
	}
}

// One transaction settles a channel, however many calls it carried: a million, each of which made the voucher grow by its price.
func TestAMillionCallsInOneClaim(t *testing.T) {
	f := setup(t, nil)
	price := wire.Price{PerRequest: 1_000, PerMillionInput: 50_000_000, PerMillionOutput: 200_000_000}
	const calls = 1_000_000
	var cumulative uint64
	for n := range uint32(calls) {
		cost, err := price.Cost(200+n%300, 100+n%700)
		require.NoError(t, err)
		cumulative += cost
	}
	id := f.channel(0, 0, 200*agon)
	require.Less(t, cumulative, 200*agon)
	before := f.nagon(markettest.Owner(0))
	gas := f.Ctx.GasMeter().GasConsumed()
	res := must(f, claim, claims(0, f.voucher(0, id, cumulative)))
	t.Logf("%d calls, %d nagon, one claim of %d gas", calls, cumulative, f.Ctx.GasMeter().GasConsumed()-gas)
	require.Equal(t, cumulative, res.Paid)
	e := events[*types.EventClaimed](f)
	require.Len(t, e, 1)
	require.Equal(t, e[0].Parts.Miner, f.nagon(markettest.Owner(0))-before)
	require.Equal(t, cumulative, e[0].Parts.Miner+e[0].Parts.Subnet+e[0].Parts.Protocol+e[0].Parts.Model)
	f.Next()
}

// The model's part goes along its lineage, to the unit: each version gives its parents their shares of what comes to it, and a copy earns for
// the version that it is a copy of.
func TestModelsPartFollowsLineage(t *testing.T) {
	f := setup(t, nil)
	f.publish(0, "base")
	f.publish(1, "other")
	f.publish(2, "child", modeltypes.Parent{Model: "base", Version: 1, ShareBps: 3_000}, modeltypes.Parent{Model: "other", Version: 1, ShareBps: 1_111})
	f.publish(3, "grandchild", modeltypes.Parent{Model: "child", Version: 1, ShareBps: 5_000})
	f.bind(0, "grandchild")
	id := f.channel(0, 0, agon)
	var before [4]uint64
	for n := range before {
		before[n] = f.nagon(author(n))
	}
	const amount = 987_654_321
	must(f, claim, claims(0, f.voucher(0, id, amount)))
	part := uint64(amount * 500 / 10_000)
	own, child := part-part/2, part/2
	base, other := child*3_000/10_000, child*1_111/10_000
	want := [4]uint64{base, other, child - base - other, own}
	sum := uint64(0)
	for n := range want {
		require.Equal(t, want[n], f.nagon(author(n))-before[n], "author %d", n)
		sum += want[n]
	}
	require.Equal(t, part, sum)
	require.Len(t, events[*types.EventModelPaid](f), 4)
	f.Next()
}

func TestACopyEarnsForItsOriginal(t *testing.T) {
	f := setup(t, nil)
	original := f.publish(0, "honest")
	f.publishCopy(1, "thief", 0)
	f.bind(0, "thief")
	id := f.channel(0, 0, agon)
	was, thief := f.nagon(author(0)), f.nagon(author(1))
	must(f, claim, claims(0, f.voucher(0, id, agon)))
	require.Equal(t, agon*5/100, f.nagon(author(0))-was)
	require.Equal(t, thief, f.nagon(author(1)))
	e := events[*types.EventModelPaid](f)
	require.Len(t, e, 1)
	require.Equal(t, original, e[0].VersionId)
}

// The payee can end a channel at once, with a last voucher or none, and nobody else can.
func TestClosingByThePayee(t *testing.T) {
	f := setup(t, nil)
	id := f.channel(0, 0, agon)
	last := f.voucher(0, id, agon/4)
	me := markettest.Hotkey(0).String()
	for title, c := range map[string]struct {
		m    types.MsgCloseChannel
		want error
	}{
		"another-payee":     {types.MsgCloseChannel{Payee: markettest.Hotkey(1).String(), Channel: id}, types.ErrNotPayee},
		"no-such-channel":   {types.MsgCloseChannel{Payee: me, Channel: 7}, types.ErrChannelNotFound},
		"half-a-voucher":    {types.MsgCloseChannel{Payee: me, Channel: id, Cumulative: 5}, types.ErrInvalidClaim},
		"the-other-half":    {types.MsgCloseChannel{Payee: me, Channel: id, Signature: last.Signature}, types.ErrInvalidClaim},
		"a-forged-voucher":  {types.MsgCloseChannel{Payee: me, Channel: id, Cumulative: agon, Signature: last.Signature}, types.ErrBadVoucher},
		"the-payer-himself": {types.MsgCloseChannel{Payee: payer(0).String(), Channel: id}, types.ErrNotPayee},
	} {
		_, err := do(f, closing, &c.m)
		require.ErrorIs(t, err, c.want, title)
	}
	res := must(f, closing, &types.MsgCloseChannel{Payee: me, Channel: id, Cumulative: last.Cumulative, Signature: last.Signature})
	require.Equal(t, agon/4, res.Paid)
	require.Equal(t, agon-agon/4, res.Returned)
	a := f.account(0)
	require.Equal(t, agon-agon/4, a.Balance)
	require.Zero(t, a.Channels)
	_, err := do(f, closing, &types.MsgCloseChannel{Payee: me, Channel: id})
	require.ErrorIs(t, err, types.ErrClosed)
	require.Equal(t, types.CloseCause_CLOSE_CAUSE_PAYEE, f.get(id).Cause)
	f.Next()
}

// What is not a voucher pays nothing and breaks nothing, whatever its bytes are.
func FuzzClaimItem(f *testing.F) {
	x := setup(f, nil)
	id := x.channel(0, 0, agon)
	good := x.voucher(0, id, 5_000)
	f.Add(id, good.Cumulative, good.Signature)
	f.Add(id, uint64(1<<63), good.Signature)
	f.Add(uint64(0), uint64(0), []byte{})
	f.Add(id+1, good.Cumulative, good.Signature[:63])
	f.Fuzz(func(t *testing.T, channel, cumulative uint64, signature []byte) {
		if len(signature) > 64 {
			return
		}
		branch, _ := x.Ctx.CacheContext()
		res, err := x.msg.Claim(branch, claims(0, types.ClaimItem{Channel: channel, Cumulative: cumulative, Signature: signature}, good))
		if err != nil {
			t.Fatal(err)
		}
		genuine := channel == id && cumulative == good.Cumulative && string(signature) == string(good.Signature)
		if got := res.Results[0].Status == paid; got != genuine {
			t.Fatalf("channel %d, cumulative %d: %s", channel, cumulative, res.Results[0].Status)
		}
		if res.Paid != good.Cumulative {
			t.Fatalf("paid %d, want %d", res.Paid, good.Cumulative)
		}
		for _, i := range x.Payment.Invariants() {
			if err := i.Check(branch); err != nil {
				t.Fatal(err)
			}
		}
	})
}
