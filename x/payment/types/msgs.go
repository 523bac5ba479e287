package types

import (
	"crypto/ed25519"

	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// ValidateBasic judges the message without state. Errors: ErrInvalidAmount, and ErrInvalidAddress of x/subnet.
func (m *MsgDeposit) ValidateBasic() error {
	if err := addresses(field{"sender", m.Sender}, field{"owner", m.Owner}); err != nil {
		return err
	}
	return check(ErrInvalidAmount, []bound{{"amount", m.Amount, 1, MaxAmount}})
}

// ValidateBasic judges the message without state. Errors: ErrInvalidAmount, and ErrInvalidAddress of x/subnet.
func (m *MsgWithdraw) ValidateBasic() error {
	if err := addresses(field{"owner", m.Owner}); err != nil {
		return err
	}
	return check(ErrInvalidAmount, []bound{{"amount", m.Amount, 0, MaxAmount}})
}

// ValidateBasic judges the message without state. Errors: ErrInvalidAccount, and ErrInvalidAddress of x/subnet.
func (m *MsgSetOperators) ValidateBasic() error {
	if err := addresses(field{"owner", m.Owner}); err != nil {
		return err
	}
	return checkOperators(m.Owner, m.Operators)
}

// ValidateBasic judges the message without state. Errors: ErrInvalidChannel, ErrInvalidAmount, and ErrInvalidAddress of x/subnet.
func (m *MsgOpenChannel) ValidateBasic() error {
	if err := addresses(field{"signer", m.Signer}, field{"owner", m.Owner}); err != nil {
		return err
	}
	if _, err := subnettypes.ParseHotkey("payee", m.Payee); err != nil {
		return err
	}
	if err := checkNetuid(ErrInvalidChannel, m.Netuid); err != nil {
		return err
	}
	if err := checkVoucherKey(m.VoucherKey); err != nil {
		return err
	}
	if err := check(ErrInvalidAmount, []bound{{"deposit", m.Deposit, 1, MaxAmount}}); err != nil {
		return err
	}
	return check(ErrInvalidChannel, []bound{{"blocks", m.Blocks, 1, MaxChannelBlocksBound}})
}

// ValidateBasic judges the message without state. Errors: ErrInvalidChannel, ErrInvalidAmount, and ErrInvalidAddress of x/subnet.
func (m *MsgTopUp) ValidateBasic() error {
	if err := addresses(field{"signer", m.Signer}); err != nil {
		return err
	}
	if m.Amount == 0 && m.Blocks == 0 {
		return errorsmod.Wrap(ErrInvalidAmount, "amount and blocks are 0; name at least one")
	}
	if err := check(ErrInvalidAmount, []bound{{"amount", m.Amount, 0, MaxAmount}}); err != nil {
		return err
	}
	return check(ErrInvalidChannel, []bound{{"blocks", m.Blocks, 0, MaxChannelBlocksBound}})
}

// ValidateBasic judges the message without state. Errors: ErrInvalidAddress of x/subnet.
func (m *MsgRequestWithdrawal) ValidateBasic() error { return addresses(field{"signer", m.Signer}) }

// ValidateBasic judges the message without state. Errors: ErrInvalidAddress of x/subnet.
func (m *MsgFinishWithdrawal) ValidateBasic() error { return addresses(field{"signer", m.Signer}) }

// ValidateBasic judges the message without state. What a single item says is judged with it, and refuses no other. Errors:
// ErrInvalidClaim, and ErrInvalidAddress of x/subnet.
func (m *MsgClaim) ValidateBasic() error {
	if _, err := subnettypes.ParseHotkey("payee", m.Payee); err != nil {
		return err
	}
	if err := check(ErrInvalidClaim, []bound{{"number of items", uint64(len(m.Items)), 1, MaxClaimItems}}); err != nil {
		return err
	}
	for i, item := range m.Items {
		if n := len(item.Signature); n > ed25519.SignatureSize {
			return errorsmod.Wrapf(ErrInvalidClaim, "items[%d] has a signature of %d bytes, want %d", i, n, ed25519.SignatureSize)
		}
	}
	return nil
}

// ValidateBasic judges the message without state. Errors: ErrInvalidClaim, and ErrInvalidAddress of x/subnet.
func (m *MsgCloseChannel) ValidateBasic() error {
	if _, err := subnettypes.ParseHotkey("payee", m.Payee); err != nil {
		return err
	}
	if n := len(m.Signature); (m.Cumulative == 0) != (n == 0) || (n != 0 && n != ed25519.SignatureSize) {
		return errorsmod.Wrapf(ErrInvalidClaim, "cumulative is %d with a signature of %d bytes, want both of a voucher (%d bytes), or neither", m.Cumulative, n, ed25519.SignatureSize)
	}
	return nil
}

// ValidateBasic judges the message without state. Errors: ErrInvalidAddress of x/subnet.
func (m *MsgSweep) ValidateBasic() error { return addresses(field{"sender", m.Sender}) }

// ValidateBasic judges the message without state. Errors: ErrInvalidPrice, and ErrInvalidAddress of x/subnet.
func (m *MsgSetPrice) ValidateBasic() error {
	if _, err := subnettypes.ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	return checkPrice(m.Netuid, m.PerRequest, m.PerMillionInput, m.PerMillionOutput)
}

// ValidateBasic judges the message without state. Errors: ErrInvalidAddress of x/subnet.
func (m *MsgClaimRefund) ValidateBasic() error { return addresses(field{"sender", m.Sender}) }

type field struct{ name, text string }

func addresses(fields ...field) error {
	for _, f := range fields {
		if _, err := subnettypes.ParseAddress(f.name, f.text); err != nil {
			return err
		}
	}
	return nil
}
