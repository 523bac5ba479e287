package wire

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// SendVoucher gives a miner a further voucher for a stream under way, as [Voucher.String] spells it. It returns nil once the miner holds it durably, and
// an [*APIError] where it refuses; other errors are [ErrTarget], [ErrReplyTooLarge] and net/http's own. Nothing is signed beside the voucher, which is worth
// nothing to anyone but the payee of its channel.
func (c *Client) SendVoucher(ctx context.Context, endpoint, voucher string) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	u, err := c.target(endpoint, VoucherPath)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(voucher))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCall, err)
	}
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("User-Agent", "agon/"+Version)
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("send a voucher: %w", err)
	}
	defer resp.Body.Close()
	body, err := readBody(resp.Body, maxTerms, nil)
	if err != nil {
		return fmt.Errorf("send a voucher: %w", err)
	}
	if resp.StatusCode != http.StatusNoContent {
		return ParseAPIError(resp.StatusCode, body)
	}
	return nil
}
