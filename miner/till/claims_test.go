package till

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClaimsWhatIsWorthIt(t *testing.T) {
	b := open(t, func(o *Options) { o.ClaimAbove = 1000 })
	b.channel(1, 10_000)
	b.channel(2, 10_000)
	b.run()
	b.pay(1, 400, 400)
	b.pay(2, 599, 1)
	time.Sleep(50 * time.Millisecond)
	require.Zero(t, b.chain.claims(), "too little, and not old")
	b.pay(2, 600, 1)
	b.eventually(func() bool { return b.chain.claimed(1) == 400 && b.chain.claimed(2) == 600 }, "together it is enough")
	require.Equal(t, 1, b.chain.claims(), "in one transaction")
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, 1, b.chain.claims(), "what is paid is not claimed again")
	b.pay(1, 1400, 1)
	b.eventually(func() bool { return b.chain.claimed(1) == 1400 }, "and what comes after is")
}

func TestClaimsWhatIsOld(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	b.run()
	b.pay(1, 5, 5)
	b.clock.pass(30 * time.Minute)
	b.pay(1, 10, 5) // the age is that of the first
	time.Sleep(50 * time.Millisecond)
	require.Zero(t, b.chain.claims())
	b.clock.pass(31 * time.Minute)
	b.eventually(func() bool { return b.chain.claimed(1) == 10 }, "older than an hour")
	b.pay(1, 20, 5)
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, 1, b.chain.claims(), "a new hour begins")
}

// Who asks for the rest of a channel is beaten by the voucher it has signed, however little that is.
func TestClaimsBeforeAWithdrawalAndAnExpiry(t *testing.T) {
	for name, end := range map[string]func(*Channel){
		"withdrawal": func(c *Channel) { c.ClosingAt = 1200 },
		"expiry":     func(c *Channel) { c.ExpiresAt = 1000 + expiryMargin - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, nil)
			b.channel(1, 10_000)
			b.channel(2, 10_000)
			b.run()
			b.pay(1, 3, 3)
			b.pay(2, 3, 3)
			time.Sleep(50 * time.Millisecond)
			require.Zero(t, b.chain.claims())
			b.chain.change(1, end)
			b.eventually(func() bool { return b.chain.claimed(1) == 3 }, "claimed in time")
			require.Equal(t, 1, b.chain.claims())
			require.Equal(t, uint64(3), b.chain.claimed(2), "a transaction that goes anyway takes along what has room in it")
		})
	}
	t.Run("found-by-a-call", func(t *testing.T) {
		b := open(t, func(o *Options) { o.CheckEvery = time.Hour })
		b.channel(1, 10_000)
		b.run()
		b.pay(1, 3, 3)
		time.Sleep(20 * time.Millisecond) // the first look has passed
		b.chain.change(1, func(c *Channel) { c.ClosingAt = 1200 })
		b.clock.pass(time.Minute)
		b.refused(b.voucher(1, 6), alice, 3, ChannelClosing)
		b.eventually(func() bool { return b.chain.claimed(1) == 3 }, "at once, and not at the next look")
	})
}

func TestClaimsAreBatched(t *testing.T) {
	b := open(t, func(o *Options) { o.ClaimAbove = 1 })
	const channels = MaxClaims + 10
	for i := range uint64(channels) {
		b.channel(i+1, 10_000)
		b.pay(i+1, 100+i, 1)
	}
	b.run()
	b.eventually(func() bool { return b.chain.claims() >= 2 && b.chain.claimed(1) == 100 }, "all are claimed")
	require.Len(t, b.chain.batches[0], MaxClaims)
	require.Equal(t, uint64(channels), b.chain.batches[0][0].Channel, "the largest first")
	require.Len(t, b.chain.batches[1], 10)
}

func TestClaimsAreTriedAgain(t *testing.T) {
	b := open(t, func(o *Options) { o.ClaimAbove = 100 })
	b.channel(1, 10_000)
	b.channel(2, 50) // less than is vouched
	b.pay(1, 100, 1)
	b.pay(2, 50, 1)
	b.refused(b.voucher(2, 80), alice, 60, ChannelExhausted)
	b.chain.set(func() { b.chain.down = errDown })
	b.run()
	time.Sleep(50 * time.Millisecond)
	b.chain.set(func() { b.chain.down, b.chain.lose = nil, 1 })
	b.eventually(func() bool { return b.chain.claimed(1) == 100 && b.chain.claimed(2) == 50 }, "as much as there is")
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, 1, b.chain.claims(), "an answer that is lost is found on the chain, and a deposit that is used up holds nothing more")
	require.Contains(t, b.log.String(), "could not be claimed")
}

func TestClaimThatIsRefusedHindersNoOther(t *testing.T) {
	b := open(t, func(o *Options) { o.ClaimAbove = 100 })
	b.channel(1, 10_000)
	b.channel(2, 10_000)
	b.pay(1, 500, 1)
	b.pay(2, 100, 1)
	b.chain.set(func() { b.chain.problems[1] = "bad signature" })
	b.run()
	b.eventually(func() bool { return b.chain.claimed(2) == 100 }, "the other one")
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, 1, b.chain.claims(), "what is refused is not sent again and again")
	require.Contains(t, b.log.String(), "voucher was not paid")
	b.chain.set(func() { delete(b.chain.problems, 1) })
	b.pay(1, 501, 1)
	b.eventually(func() bool { return b.chain.claimed(1) == 501 }, "another voucher is another matter")
}

func TestEndedChannelsAreForgotten(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	b.channel(2, 10_000)
	b.pay(1, 10, 10)
	b.pay(2, 10, 10)
	h, err := b.Reserve(ctx, b.voucher(2, 20), alice, 10)
	require.NoError(t, err)
	b.chain.change(1, func(c *Channel) { c.Closed = true })
	b.chain.change(2, func(c *Channel) { c.Closed = true })
	b.run()
	gone := func(id uint64) bool { _, ok, err := b.book.get(id); return err == nil && !ok }
	b.eventually(func() bool { return gone(1) }, "ended")
	require.Contains(t, b.log.String(), "ended before its last voucher was claimed")
	require.False(t, gone(2), "a call is under way")
	h.Settle(10)
	b.eventually(func() bool { return gone(2) }, "and now it is over")
	require.Zero(t, b.chain.claims())
}

func TestLastClaims(t *testing.T) {
	b := open(t, nil)
	for i := range uint64(3) {
		b.channel(i+1, 10_000)
		b.pay(i+1, 10, 10)
	}
	b.channel(4, 10_000)
	b.chain.change(4, func(c *Channel) { c.Closed = true })
	require.NoError(t, b.ClaimAll(ctx))
	require.Equal(t, 1, b.chain.claims())
	require.NoError(t, b.ClaimAll(ctx))
	require.Equal(t, 1, b.chain.claims(), "nothing is left")
	b.pay(1, 20, 10)
	b.chain.set(func() { b.chain.down = errDown })
	require.ErrorIs(t, b.ClaimAll(ctx), errDown)
	b.chain.set(func() { b.chain.down = nil })
	b.reopen()
	require.NoError(t, b.ClaimAll(ctx))
	require.Equal(t, uint64(20), b.chain.claimed(1), "after a restart")
}
