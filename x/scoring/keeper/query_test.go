package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/types"
)

func TestMetagraph(t *testing.T) {
	m := market(t, markettest.Config{}, direct)
	for range 2 {
		require.NoError(t, tell(m, set(3, weights(0, 2, 1, 1))))
		nextEpoch(m, t)
	}
	res := metagraph(m, t)
	require.Equal(t, netuid, res.Netuid)
	require.Equal(t, m.Ctx.BlockHeight(), res.Height)
	require.Equal(t, epochOf(m, t), res.Epoch)
	stake, err := m.Stake.StakeColumn(m.Ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, stake, res.Stake)
	for uid := range 5 {
		require.Equal(t, markettest.Hotkey(uid).Bytes(), res.Hotkeys[uid])
		require.Equal(t, markettest.Owner(uid).Bytes(), res.Owners[uid])
		require.EqualValues(t, 1, res.RegisteredAt[uid])
	}
	require.Equal(t, []string{"http://miner0.example:8080", "http://miner1.example:8080", "http://miner2.example:8080", "", ""}, res.Urls)
	key := markettest.ServiceKey(1, 0).Public()
	require.Equal(t, key[:], res.ServiceKeys[1])
	require.Empty(t, res.ServiceKeys[3])
	c := res.Columns
	for _, n := range []int{
		len(c.LastUpdate), len(c.Permits), len(c.Active), len(c.StakeWeight), len(c.Consensus), len(c.Incentive),
		len(c.Dividends), len(c.ValidatorTrust), len(c.Emission),
	} {
		require.Equal(t, 5, n)
	}
	require.InDelta(t, 65535*2/3, c.Incentive[0], 2, "two thirds, less what truncation takes")
	require.InDelta(t, 65535/3, c.Incentive[1], 2)
	require.InDelta(t, c.Emission[3], c.Emission[0]+c.Emission[1], 10, "half to those who judge, half to those judged")

	// Whoever comes after the epoch is in every column.
	m.Register(netuid, 5)
	require.Len(t, metagraph(m, t).Columns.Incentive, 6)
}

func TestQueriesOfUnknownSubnets(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	q := queries(m)
	hotkey := markettest.Hotkey(3).String()
	for name, ask := range map[string]func() error{
		"metagraph": func() error { _, err := q.Metagraph(m.Ctx, &types.QueryMetagraphRequest{Netuid: 9}); return err },
		"epoch":     func() error { _, err := q.Epoch(m.Ctx, &types.QueryEpochRequest{Netuid: 9}); return err },
		"weights":   func() error { _, err := q.Weights(m.Ctx, &types.QueryWeightsRequest{Netuid: 9}); return err },
		"bonds":     func() error { _, err := q.Bonds(m.Ctx, &types.QueryBondsRequest{Netuid: 9}); return err },
		"commits": func() error {
			_, err := q.Commits(m.Ctx, &types.QueryCommitsRequest{Netuid: 9, Hotkey: hotkey})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, codes.NotFound, status.Code(ask())) })
	}
	_, err := q.Commits(m.Ctx, &types.QueryCommitsRequest{Netuid: netuid, Hotkey: "nobody"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	e, err := q.Epoch(m.Ctx, &types.QueryEpochRequest{Netuid: netuid})
	require.NoError(t, err)
	require.Equal(t, epochOf(m, t), e.Epoch)
}

func TestRowsArePaginated(t *testing.T) {
	m := market(t, markettest.Config{}, direct)
	m.StakeToken(netuid, 0, 1_000_000)
	for _, n := range []int{0, 3, 4} {
		require.NoError(t, tell(m, set(n, weights(1, uint32(n)+1))))
	}
	q := queries(m)
	_, err := q.Weights(m.Ctx, &types.QueryWeightsRequest{Netuid: netuid, Pagination: &query.PageRequest{Limit: 101}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	var got []types.Row
	var key []byte
	for range 3 {
		res, err := q.Weights(m.Ctx, &types.QueryWeightsRequest{Netuid: netuid, Pagination: &query.PageRequest{Limit: 1, Key: key}})
		require.NoError(t, err)
		require.Len(t, res.Rows, 1)
		got, key = append(got, res.Rows...), res.Pagination.NextKey
	}
	require.Empty(t, key)
	require.Equal(t, []types.Row{
		{Uid: 0, Entries: weights(1, 1)}, {Uid: 3, Entries: weights(1, 4)}, {Uid: 4, Entries: weights(1, 5)},
	}, got)
}
