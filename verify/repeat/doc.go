// Package repeat compares answers that must agree: the same request under other identities, and requests that ask for the same in
// other words of the protocol.
//
// With one seed, or at temperature 0, a model's answer is a function of the request. So the same request must give the same text
// whoever asks; a request for fewer tokens must give the beginning of what a request for more gives; a stop string must cut the
// same text short; and a stream must carry what one body would. A miner that answers some callers by another model differs. What
// disagrees between engines that are not exact is measured by calibration.
package repeat
