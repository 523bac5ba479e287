package types

import (
	"strconv"
	"strings"

	"github.com/agon-chain/agon/x/stake/pool"
)

// pricePlaces is the number of decimal places of a price: those of pool.PriceUnit.
const pricePlaces = 9

// ParsePrice reads a price in AGON per token, as queries print it, in parts of pool.PriceUnit: digits with at most 9
// decimal places, above 0 and below 2^64 parts. Anything else is ErrInvalidPrice.
func ParsePrice(text string) (uint64, error) {
	const most = 24 // "18446744073" with a point, 9 places and some zeros
	refuse := func() (uint64, error) {
		return 0, ErrInvalidPrice.Wrapf("%s is not a price in AGON per token; write digits with at most %d decimal places, such as 1.05", clip(text), pricePlaces)
	}
	whole, places, point := strings.Cut(text, ".")
	if len(text) > most || whole == "" || (point && places == "") || len(places) > pricePlaces {
		return refuse()
	}
	for _, c := range whole + places {
		if c < '0' || c > '9' {
			return refuse()
		}
	}
	v, err := strconv.ParseUint(whole+places+strings.Repeat("0", pricePlaces-len(places)), 10, 64)
	if err != nil || v == 0 {
		return 0, ErrInvalidPrice.Wrapf("%s is out of bounds, want 0.000000001 to 18446744073.709551615", clip(text))
	}
	return v, nil
}

// FormatPrice writes a price in parts of pool.PriceUnit as ParsePrice reads it.
func FormatPrice(v uint64) string {
	places := strconv.FormatUint(v%pool.PriceUnit, 10)
	return strconv.FormatUint(v/pool.PriceUnit, 10) + "." + strings.Repeat("0", pricePlaces-len(places)) + places
}
