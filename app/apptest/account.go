package apptest

import (
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
)

// Account is a key that tests sign with. Accounts of one name are the same in every run.
type Account struct {
	Name    string
	Key     *secp256k1.PrivKey
	Address sdk.AccAddress
}

// NewAccount derives the account called name. It has coins only if the chain was made WithAccounts(name).
func NewAccount(name string) Account {
	// The SDK remembers the text of an address from its first use on, so the prefix has to be right before that.
	params.ConfigureSDK()
	key := secp256k1.GenPrivKeyFromSecret([]byte("agon apptest " + name))
	return Account{Name: name, Key: key, Address: sdk.AccAddress(key.PubKey().Address())}
}

// String is the account's address in bech32, which is what messages carry.
func (a Account) String() string { return a.Address.String() }

// ValAddress is the address under which the account operates a consensus validator.
func (a Account) ValAddress() sdk.ValAddress { return sdk.ValAddress(a.Address) }
