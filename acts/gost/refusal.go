package gost

// Refusal is why a signature, certificate or revocation list is not accepted:
// a snake_case name that a caller can translate. Errors of this package wrap
// one; find it with errors.As, or compare with errors.Is.
type Refusal string

// The refusals.
const (
	RefusedFormat       Refusal = "signature_format"        // not a CMS in strict DER or PEM
	RefusedSigners      Refusal = "signature_signers"       // not exactly one signer
	RefusedNoDocument   Refusal = "signature_no_document"   // detached, and no document was given
	RefusedDocument     Refusal = "signature_document"      // over another document
	RefusedValue        Refusal = "signature_value"         // the signature value does not hold
	RefusedAlgorithm    Refusal = "signature_algorithm"     // an algorithm not known or too weak
	RefusedAttributes   Refusal = "signature_attributes"    // signed attributes missing, doubled or contradictory
	RefusedSwapped      Refusal = "signature_swapped"       // names another certificate than the signer's
	RefusedCertificate  Refusal = "signature_certificate"   // a certificate is malformed or missing
	RefusedChain        Refusal = "signature_chain"         // leads to no trusted root
	RefusedNotYetValid  Refusal = "signature_not_yet_valid" // before a certificate's validity
	RefusedExpired      Refusal = "signature_expired"       // after a certificate's validity
	RefusedRevoked      Refusal = "signature_revoked"       // a certificate is on its issuer's list
	RefusedList         Refusal = "signature_crl"           // a revocation list is malformed or not its issuer's
	RefusedListMissing  Refusal = "signature_crl_missing"   // no current list of the certificate's issuer
	RefusedOCSP         Refusal = "signature_ocsp"          // an OCSP answer says nothing, or is not to be believed
	RefusedUsage        Refusal = "signature_usage"         // the key's usage does not allow it
	RefusedExtendedUse  Refusal = "signature_extended_use"  // an extended key usage is missing
	RefusedIIN          Refusal = "signature_iin"           // another person's certificate
	RefusedBIN          Refusal = "signature_bin"           // another organisation's certificate
	RefusedTime         Refusal = "signature_time"          // no time, or the stated time is later than the trusted
	RefusedTimestamp    Refusal = "signature_timestamp"     // the time-stamp token is of something else or damaged
	RefusedPublicKey    Refusal = "signature_public_key"    // not a point of the curve
	RefusedTooLong      Refusal = "signature_too_long"      // larger than this package reads
	RefusedContradicted Refusal = "signature_contradiction" // holds a document other than the one given
	RefusedAttached     Refusal = "signature_attached"      // holds the document, and must not
)

// Error returns the refusal's English sentence, without a full stop.
func (r Refusal) Error() string {
	switch r {
	case RefusedFormat:
		return "This is not a CMS signature in DER or PEM"
	case RefusedSigners:
		return "The CMS must hold exactly one signature"
	case RefusedNoDocument:
		return "The signature is detached and the document is missing"
	case RefusedDocument:
		return "The signature is over another document"
	case RefusedContradicted:
		return "The CMS holds a document other than the one given"
	case RefusedAttached:
		return "The CMS holds the document; a detached signature is needed"
	case RefusedValue:
		return "The signature does not match what it signs"
	case RefusedAlgorithm:
		return "The signature uses an unknown or weak algorithm"
	case RefusedAttributes:
		return "The signed attributes are incomplete or contradict each other"
	case RefusedSwapped:
		return "The signature names another certificate than the signer's"
	case RefusedTime:
		return "The signature states no time, or a later one than now"
	case RefusedTimestamp:
		return "The time stamp is damaged or belongs to another signature"
	case RefusedTooLong:
		return "The signature is too long"
	}
	return r.certificateSentence()
}

// certificateSentence is Error for what is wrong with the certificate.
func (r Refusal) certificateSentence() string {
	switch r {
	case RefusedCertificate:
		return "The signer's certificate is malformed or missing"
	case RefusedChain:
		return "The certificate was not issued by a trusted authority"
	case RefusedNotYetValid:
		return "The certificate was not valid yet when this was signed"
	case RefusedExpired:
		return "The certificate had expired when this was signed"
	case RefusedRevoked:
		return "The certificate has been revoked"
	case RefusedList:
		return "The revocation list is malformed or not the authority's"
	case RefusedListMissing:
		return "There is no current revocation list of the certificate's authority"
	case RefusedOCSP:
		return "The authority's answer about the certificate cannot be relied on"
	case RefusedUsage:
		return "The certificate's key is not for signing documents"
	case RefusedExtendedUse:
		return "The certificate is not for this kind of signature"
	case RefusedIIN:
		return "The certificate belongs to another person (IIN)"
	case RefusedBIN:
		return "The certificate belongs to another organisation (BIN)"
	case RefusedPublicKey:
		return "The public key is not a point of its curve"
	}
	return "The signature is refused: " + string(r)
}
