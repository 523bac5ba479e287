package app

import (
	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// processProposal refuses a block that asks for more gas than a block may use.
//
// The block gas meter is off, because blocks may be executed in parallel and a meter that every transaction advances
// would order them again. The limit is kept here instead, by every validator, on the gas that transactions declare.
func processProposal(decode sdk.TxDecoder) sdk.ProcessProposalHandler {
	accept := &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}
	reject := &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}
	return func(ctx sdk.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
		limit := int64(-1)
		if block := ctx.ConsensusParams().Block; block != nil {
			limit = block.MaxGas
		}
		if limit < 0 {
			return accept, nil
		}
		left := uint64(limit)
		for _, raw := range req.Txs {
			tx, err := decode(raw)
			if err != nil {
				return reject, nil
			}
			withGas, ok := tx.(sdk.FeeTx)
			if !ok || withGas.GetGas() > left {
				return reject, nil
			}
			left -= withGas.GetGas()
		}
		return accept, nil
	}
}
