package validator

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

// maxCasePages bounds how far back open cases are looked for: 1,600 cases, where a bench of 64 validators has at most 256 open by default.
const maxCasePages = 16

// DisputeParams implements Disputes.
func (n *node) DisputeParams(ctx context.Context) (disputetypes.Params, error) {
	r, err := n.client.Dispute().Params(ctx, &disputetypes.QueryParamsRequest{})
	if err != nil {
		return disputetypes.Params{}, fmt.Errorf("query parameters of x/dispute: %w", err)
	}
	return r.Params, nil
}

// OpenCases implements Disputes: the newest cases are read first, up to a page without an open one.
func (n *node) OpenCases(ctx context.Context) ([]disputetypes.Case, error) {
	var out []disputetypes.Case
	page := &query.PageRequest{Limit: rowsPage, Reverse: true}
	for range maxCasePages {
		r, err := n.client.Dispute().Cases(ctx, &disputetypes.QueryCasesRequest{Netuid: uint32(n.self.Netuid), Pagination: page})
		if err != nil {
			return nil, fmt.Errorf("query cases: %w", err)
		}
		open := 0
		for _, c := range r.Cases {
			if c.Open() {
				out, open = append(out, c), open+1
			}
		}
		if open == 0 || r.Pagination == nil || len(r.Pagination.NextKey) == 0 {
			break
		}
		page = &query.PageRequest{Key: r.Pagination.NextKey, Limit: rowsPage, Reverse: true}
	}
	return out, nil
}

// Case implements Disputes.
func (n *node) Case(ctx context.Context, id uint64) (disputetypes.Case, []disputetypes.Judge, bool, error) {
	r, err := n.client.Dispute().Case(ctx, &disputetypes.QueryCaseRequest{CaseId: id})
	if chain.NotFound(err) {
		return disputetypes.Case{}, nil, false, nil
	}
	if err != nil {
		return disputetypes.Case{}, nil, false, fmt.Errorf("query case %d: %w", id, err)
	}
	return r.Case, r.Bench, true, nil
}

// CasesOf implements Disputes.
func (n *node) CasesOf(ctx context.Context, miner string) ([]disputetypes.Case, error) {
	r, err := n.client.Dispute().CasesOf(ctx, &disputetypes.QueryCasesOfRequest{
		Netuid: uint32(n.self.Netuid), Miner: miner, Pagination: &query.PageRequest{Limit: rowsPage, Reverse: true},
	})
	if err != nil {
		return nil, fmt.Errorf("query cases of %s: %w", miner, err)
	}
	return r.Cases, nil
}

// Accuser implements Disputes.
func (n *node) Accuser(ctx context.Context) (disputetypes.QueryAccuserResponse, error) {
	r, err := n.client.Dispute().Accuser(ctx, &disputetypes.QueryAccuserRequest{Hotkey: n.self.Hotkey.String()})
	if err != nil {
		return disputetypes.QueryAccuserResponse{}, fmt.Errorf("query accuser: %w", err)
	}
	return *r, nil
}
