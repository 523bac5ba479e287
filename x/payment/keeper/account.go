package keeper

import (
	"context"
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// An account's money is in the module's account from the deposit on. Its owner's key can stay cold: operators, the hot keys of gateways and
// validators, move the balance into channels and back, and nowhere else.

// AccountOf returns an owner's account: an empty one where there is none.
func (k *Keeper) AccountOf(ctx context.Context, owner sdk.AccAddress) (types.Account, error) {
	a, ok, err := found(k.accounts.Get(ctx, owner))
	if !ok {
		a = types.Account{Owner: owner.String()}
	}
	return a, err
}

// putAccount writes an account, or forgets it once nothing of it is worth keeping.
func (k *Keeper) putAccount(ctx context.Context, a types.Account) error {
	owner, err := subnettypes.ParseAddress("owner", a.Owner)
	if err != nil {
		return err
	}
	if a.IsEmpty() {
		return k.accounts.Remove(ctx, owner)
	}
	return k.accounts.Set(ctx, owner, a)
}

// operate returns the account of an owner for one who may use it. Errors: ErrNotOperator.
func (k *Keeper) operate(ctx context.Context, owner, signer string) (types.Account, error) {
	address, err := subnettypes.ParseAddress("owner", owner)
	if err != nil {
		return types.Account{}, err
	}
	a, err := k.AccountOf(ctx, address)
	if err != nil {
		return a, err
	}
	if !a.MayOperate(signer) {
		return a, errorsmod.Wrapf(types.ErrNotOperator, "signer %s, account of %s; its owner can name operators with agond payment operators", signer, owner)
	}
	return a, nil
}

// spend takes from an account's balance. Errors: ErrInsufficientBalance.
func spend(a *types.Account, amount uint64) error {
	if amount > a.Balance {
		return errorsmod.Wrapf(types.ErrInsufficientBalance, "account of %s holds %d nagon, %d are needed; put in more with agond payment deposit", a.Owner, a.Balance, amount)
	}
	a.Balance -= amount
	return nil
}

// deposit puts coins into an account.
func (k *Keeper) deposit(ctx context.Context, m *types.MsgDeposit) (uint64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	sender, err := subnettypes.ParseAddress("sender", m.Sender)
	if err != nil {
		return 0, err
	}
	owner, err := subnettypes.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, err
	}
	if k.bank.BlockedAddr(owner) {
		return 0, errorsmod.Wrapf(types.ErrInvalidAccount, "owner %s takes no transfers and could never withdraw; name another", m.Owner)
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, sender, types.ModuleName, nagon(m.Amount)); err != nil {
		return 0, err
	}
	a, err := k.AccountOf(ctx, owner)
	if err != nil {
		return 0, err
	}
	a.Balance += m.Amount
	if err := k.putAccount(ctx, a); err != nil {
		return 0, err
	}
	return a.Balance, emit(ctx, &types.EventDeposited{Owner: m.Owner, Sender: m.Sender, Amount: m.Amount, Balance: a.Balance})
}

// withdraw takes coins out of an account. No delay: what is not in a channel is promised to nobody.
func (k *Keeper) withdraw(ctx context.Context, m *types.MsgWithdraw) (amount, balance uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	owner, err := subnettypes.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, 0, err
	}
	a, err := k.AccountOf(ctx, owner)
	if err != nil {
		return 0, 0, err
	}
	if amount = m.Amount; amount == 0 {
		amount = a.Balance
	}
	if a.Balance == 0 {
		return 0, 0, errorsmod.Wrapf(types.ErrInsufficientBalance, "account of %s holds nothing outside channels", m.Owner)
	}
	if err := spend(&a, amount); err != nil {
		return 0, 0, err
	}
	if err := k.putAccount(ctx, a); err != nil {
		return 0, 0, err
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, owner, nagon(amount)); err != nil {
		return 0, 0, err
	}
	return amount, a.Balance, emit(ctx, &types.EventWithdrawn{Owner: m.Owner, Amount: amount, Balance: a.Balance})
}

// setOperators replaces an account's operators.
func (k *Keeper) setOperators(ctx context.Context, m *types.MsgSetOperators) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	owner, err := subnettypes.ParseAddress("owner", m.Owner)
	if err != nil {
		return err
	}
	a, err := k.AccountOf(ctx, owner)
	if err != nil {
		return err
	}
	a.Operators = slices.Sorted(slices.Values(m.Operators))
	if err := k.putAccount(ctx, a); err != nil {
		return err
	}
	return emit(ctx, &types.EventOperatorsSet{Owner: m.Owner, Operators: a.Operators})
}
