package verbs

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/agon-chain/agon/internal/display"
)

// splitRule is the hyperparameter that is a list: the parts of a subnet's scoring mechanisms.
const splitRule = "mechanism_split"

// splitValue turns what people write, 70%,30% or 7000,3000, into the chain's list of basis points. What is no number stays as it is,
// for the codec to refuse.
func splitValue(value string) (json.RawMessage, error) {
	parts := strings.Split(strings.Trim(value, "[] "), ",")
	out := make([]json.RawMessage, len(parts))
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if number, ok := strings.CutSuffix(part, "%"); ok {
			points, err := parseDecimal(strings.TrimSpace(number), 2)
			if err != nil || points > bps {
				return nil, fmt.Errorf("%w: write percentages such as 70%%,30%%", errAmount)
			}
			part = fmt.Sprint(points)
		}
		quoted, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		out[i] = quoted
	}
	return json.Marshal(out)
}

// splitText is the split in percent, with the chain's own numbers behind it.
func splitText(value json.RawMessage) string {
	var parts []uint32
	if err := json.Unmarshal(value, &parts); err != nil {
		return string(value)
	}
	raw := strings.Trim(strings.ReplaceAll(fmt.Sprint(parts), " ", ","), "[]")
	if len(parts) == 1 {
		return "one mechanism (" + raw + ")"
	}
	return fmt.Sprintf("%d mechanisms: %s (%s)", len(parts), display.Parts(parts), raw)
}
