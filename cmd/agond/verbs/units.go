package verbs

import (
	"fmt"
	"strconv"
	"strings"
)

// measures are the units of hyperparameters by their names.
var measures = map[string]func(uint64) string{
	"tempo":                        blocks,
	"immunity_period":              blocks,
	"registration_price_half_life": blocks,
	"activity_cutoff":              blocks,
	"weights_interval":             blocks,
	"min_registration_price":       agon,
	"max_registration_price":       agon,
	"min_caller_balance":           agon,
	"stake_threshold":              tokens,
	"registration_price_step_bps":  func(v uint64) string { return "to " + percent(v) + " with each registration" },
	"collateral_bps":               func(v uint64) string { return percent(v) + " of the price is held" },
	"collateral_vests_bps":         func(v uint64) string { return percent(v) + " of its worth must be earned" },
	"miner_burn_bps":               func(v uint64) string { return percent(v) + " of the incentive is not minted" },
	"kappa":                        fraction,
	"bonds_penalty":                fraction,
	"alpha_low":                    fraction,
	"alpha_high":                   fraction,
	"bonds_moving_average":         func(v uint64) string { return percent(v/100) + " kept each epoch" },
	"alpha_sigmoid_steepness":      func(v uint64) string { return fmt.Sprintf("%d.%02d", v/100, v%100) },
}

// tokens counts whole tokens of a subnet.
func tokens(v uint64) string {
	if v == whole {
		return "1 token"
	}
	return plain(v) + " tokens"
}

func blocks(v uint64) string { return fmt.Sprintf("%d blocks", v) }

// text is the value in a readable unit, with the chain's own number behind it where that differs.
func (r rule) text() string {
	if r.name == splitRule {
		return splitText(r.value)
	}
	raw := strings.Trim(string(r.value), `"`)
	measure, ok := measures[r.name]
	v, err := strconv.ParseUint(raw, 10, 64)
	if !ok || err != nil {
		return raw
	}
	text := measure(v)
	if strings.HasPrefix(text, raw+" ") {
		return text
	}
	return text + " (" + raw + ")"
}

// amountRules are the hyperparameters that count coins, with the unit in which people give them.
var amountRules = map[string]unit{
	"min_registration_price": unitAgon, "max_registration_price": unitAgon, "min_caller_balance": unitAgon, "stake_threshold": unitAlpha,
}

// partRules are those that are a part of something, by what the chain counts as the whole.
var partRules = map[string]uint64{
	"kappa": 65_535, "bonds_penalty": 65_535, "alpha_low": 65_535, "alpha_high": 65_535,
	"bonds_moving_average": 1_000_000, "registration_price_step_bps": bps,
}
