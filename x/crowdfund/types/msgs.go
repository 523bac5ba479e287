package types

import (
	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Each ValidateBasic judges what needs no state. Messages also come by governance and by authz, which skip the checks before
// a transaction, so the message server calls it again. Addresses are refused as x/subnet does, with its ErrInvalidAddress.

// ValidateBasic judges the message without state.
func (m *MsgCreateCrowdfund) ValidateBasic() error {
	return m.Fund(FirstFundID, 0).Validate()
}

// Fund is the fund that the message opens.
func (m *MsgCreateCrowdfund) Fund(id uint64, height int64) Fund {
	return Fund{
		Id: id, Operator: m.Operator, Account: FundAccount(id).String(), Plan: m.Plan, Goal: m.Goal, MinContribution: m.MinContribution,
		Deposit: m.Deposit, EndsAt: m.EndsAt, OperatorBps: m.OperatorBps, LeaseBlocks: m.LeaseBlocks,
		Raised: m.Deposit, Contributors: 1, CreatedAt: height,
	}
}

// ValidateBasic judges the message without state.
func (m *MsgContribute) ValidateBasic() error {
	if m.Amount == 0 || m.Amount > maxAmount {
		return errorsmod.Wrapf(ErrInvalidContribution, "amount is %d nagon, want 1 to %d", m.Amount, uint64(maxAmount))
	}
	return checkAccount("contributor", m.Contributor)
}

// ValidateBasic judges the message without state.
func (m *MsgWithdrawContribution) ValidateBasic() error {
	return checkAccount("contributor", m.Contributor)
}

// ValidateBasic judges the message without state.
func (m *MsgFinalize) ValidateBasic() error { return checkAccount("sender", m.Sender) }

// ValidateBasic judges the message without state.
func (m *MsgCancelCrowdfund) ValidateBasic() error { return checkAccount("operator", m.Operator) }

// ValidateBasic judges the message without state.
func (m *MsgClaim) ValidateBasic() error { return checkAccount("holder", m.Holder) }

// ValidateBasic judges the message without state.
func (m *MsgTransferShares) ValidateBasic() error {
	if err := checkAccount("holder", m.Holder); err != nil {
		return err
	}
	if m.Recipient == m.Holder {
		return errorsmod.Wrapf(ErrInvalidTransfer, "recipient is %s, the holder itself; name another account", m.Recipient)
	}
	return checkAccount("recipient", m.Recipient)
}

// ValidateBasic judges the message without state.
func (m *MsgEndLease) ValidateBasic() error { return checkAccount("owner", m.Owner) }

// ValidateBasic judges the message without state.
func (m *MsgUpdateParams) ValidateBasic() error {
	if err := checkAccount("authority", m.Authority); err != nil {
		return err
	}
	return m.Params.Validate()
}

func checkAccount(field, bech32 string) error {
	_, err := subnettypes.ParseAddress(field, bech32)
	return err
}
