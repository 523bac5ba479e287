package validator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/wire"
)

const (
	// maxSampleGateways bounds how many gateways are asked for samples.
	maxSampleGateways = 16
	// sampleTimeout is how long a gateway's answer is waited for.
	sampleTimeout = 20 * time.Second
)

// sampleGateway is one that keeps calls for this validator.
type sampleGateway struct {
	address string // of the account under which it calls miners
	url     string
}

// parseSampleGateways reads address@url, separated by commas. Errors say what is wrong with which.
func parseSampleGateways(s string) ([]sampleGateway, error) {
	var out []sampleGateway
	for _, one := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		address, where, ok := strings.Cut(one, "@")
		u, err := url.Parse(where)
		if !ok || err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("%.128q is not address@https://host", one)
		}
		if _, err := sdk.AccAddressFromBech32(address); err != nil {
			return nil, fmt.Errorf("%.128q does not begin with an address of the chain", one)
		}
		out = append(out, sampleGateway{address, strings.TrimRight(where, "/")})
	}
	if len(out) > maxSampleGateways {
		return nil, fmt.Errorf("%d gateways, at most %d", len(out), maxSampleGateways)
	}
	return out, nil
}

// newSampleClient asks gateways that the operator named: there is no guard against private addresses, and no redirect is followed.
func newSampleClient() *http.Client {
	return &http.Client{
		Timeout:       sampleTimeout,
		Transport:     &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// fetch a page of the samples after an id. It travels sealed to a key that nobody has but this call, so that whoever carries it reads nothing.
func (g sampleGateway) fetch(ctx context.Context, client *http.Client, session *wire.Session, self Self, after string, now time.Time) (wire.SamplePage, error) {
	var page wire.SamplePage
	key := wire.NewSealingKey()
	public, err := key.Public()
	if err != nil {
		return page, err
	}
	body, err := json.Marshal(wire.SampleQuery{Netuid: self.Netuid, After: after, SealTo: public[:]})
	if err != nil {
		return page, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url+wire.SamplesPath, bytes.NewReader(body))
	if err != nil {
		return page, err
	}
	r.Header.Set("Content-Type", "application/json")
	signed, err := wire.Sign(r, body, self.ChainID, session, wire.Header{Tag: wire.RandomTag(), Time: now, Expiry: now.Add(wire.DefaultLife), To: g.address})
	if err != nil {
		return page, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return page, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxSampleReply+1))
	if err != nil {
		return page, err
	}
	if len(raw) > wire.MaxSampleReply {
		return page, fmt.Errorf("%w: more than %d bytes", wire.ErrReplyTooLarge, wire.MaxSampleReply)
	}
	if resp.StatusCode != http.StatusOK {
		return page, wire.ParseAPIError(resp.StatusCode, raw)
	}
	plain, _, err := wire.OpenRequest(key, wire.SealBinding(self.ChainID, signed.From, http.MethodPost, wire.SamplesPath), raw)
	if err != nil {
		return page, err
	}
	// What is in it is checked one by one; its words are not repeated, as they may be a user's.
	if json.Unmarshal(plain, &page) != nil || len(page.Samples) > wire.MaxSamplePage {
		return page, errors.New("what the gateway sent are no samples")
	}
	for _, s := range page.Samples {
		if s.ID == "" || len(s.ID) > maxSampleID {
			return page, fmt.Errorf("the gateway gives an id of %d bytes, want 1 to %d", len(s.ID), maxSampleID)
		}
	}
	return page, nil
}
