// Package attest verifies what confidential-computing hardware says of itself: that a device of a vendor, named by an id that the vendor gave it,
// answered to a nonce which binds one challenge to one miner.
//
// It is an interface and two verifiers. [Evidence] is a document of some kind; a [Verifier] judges documents of its kind against roots that it was
// made with; [Binding] says which nonce a document must be made for. [X509] is the plain form: the certificate of one device, and claims that this device
// signs about itself. [NVIDIA] reads the tokens of NVIDIA's remote attestation service, which speaks of many. Another vendor is another Verifier.
//
// Who is certified to speak for one device is not certified to speak for others. So a device's certificate says which device it is of, and the roots
// below which devices are certified are never those below which a service is.
//
// What verified evidence says: somebody who can use that device answered this challenge for this miner. What it does not say: that the device
// computed an answer, that the miner owns it, or that the machine around it is honest. The verifiers trust their roots entirely, look at no
// revocation list, ask nobody, and know no chain, no network and no clock: time is given to them.
//
// Missing evidence is no evidence: nothing here passes by default.
package attest
