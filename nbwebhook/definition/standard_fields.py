"""Marketo's standard fields, one a line: label, REST name, SOAP name, type, managed by.

Labels and names are of Adobe's list of standard fields (marketo.md 8). The list gives no
types for most of them: those here are what the field's meaning and Adobe's field types
page suggest. `system` fields are written by Marketo alone; `partly` ones by both.
"""

__all__ = ["STANDARD_FIELDS"]

STANDARD_FIELDS = """\
Id|id||integer|system
Full Name|||string|system
Address|address|Address|text_area|
Annual Revenue|annualRevenue|AnnualRevenue|currency|
Anonymous IP|anonymousIP|AnonymousIP|string|
Billing City|billingCity|BillingCity|string|
Billing Country|billingCountry|BillingCountry|string|
Billing Postal Code|billingPostalCode|BillingPostalCode|string|
Billing State|billingState|BillingState|string|
Billing Address|billingStreet|BillingStreet|text_area|
City|city|City|string|
Company Name|company|Company|string|
Country|country|Country|string|
Date of Birth|dateOfBirth|DateofBirth|date|
Department|department|Department|string|
Do Not Call|doNotCall|DoNotCall|boolean|
Do Not Call Reason|doNotCallReason|DoNotCallReason|text_area|
Email Address|email|Email|email|
Fax Number|fax|Fax|phone|
First Name|firstName|FirstName|string|
Industry|industry|Industry|string|
Inferred Company|inferredCompany|InferredCompany|string|
Inferred Country|inferredCountry|InferredCountry|string|
Last Name|lastName|LastName|string|
Role|leadRole|LeadRole|string|
Lead Score|leadScore|LeadScore|score|
Lead Source|leadSource|LeadSource|string|
Lead Status|leadStatus|LeadStatus|string|
Main Phone|mainPhone|MainPhone|phone|
Marketo Data.com ID|jigsawContactId|Marketo Jigsaw Contact Id|string|
Marketo Data.com Status|jigsawContactStatus|Marketo Jigsaw Contact Status|string|
Marketo Social Facebook Display Name|facebookDisplayName|MarketoSocialFacebookDisplayName|string|system
Marketo Social Facebook Id|facebookId|MarketoSocialFacebookId|string|system
Marketo Social Facebook Photo URL|facebookPhotoURL|MarketoSocialFacebookPhotoURL|url|system
Marketo Social Facebook Profile URL|facebookProfileURL|MarketoSocialFacebookProfileURL|url|system
Marketo Social Facebook Reach|facebookReach|MarketoSocialFacebookReach|integer|system
Marketo Social Facebook Referred Enrollments|facebookReferredEnrollments|MarketoSocialFacebookReferredEnrollments|integer|system
Marketo Social Facebook Referred Visits|facebookReferredVisits|MarketoSocialFacebookReferredVisits|integer|system
Marketo Social Gender|gender|MarketoSocialGender|string|system
Marketo Social Last Referred Enrollment|lastReferredEnrollment|MarketoSocialLastReferredEnrollment|datetime|system
Marketo Social Last Referred Visit|lastReferredVisit|MarketoSocialLastReferredVisit|datetime|system
Marketo Social LinkedIn Display Name|linkedInDisplayName|MarketoSocialLinkedInDisplayName|string|system
Marketo Social LinkedIn Id|linkedInId|MarketoSocialLinkedInId|string|system
Marketo Social LinkedIn Photo URL|linkedInPhotoURL|MarketoSocialLinkedInPhotoURL|url|system
Marketo Social LinkedIn Profile URL|linkedInProfileURL|MarketoSocialLinkedInProfileURL|url|system
Marketo Social LinkedIn Reach|linkedInReach|MarketoSocialLinkedInReach|integer|system
Marketo Social LinkedIn Referred Enrollments|linkedInReferredEnrollments|MarketoSocialLinkedInReferredEnrollments|integer|system
Marketo Social LinkedIn Referred Visits|linkedInReferredVisits|MarketoSocialLinkedInReferredVisits|integer|system
Marketo Social Syndication ID|syndicationId||string|system
Marketo Social Total Referred Enrollments|totalReferredEnrollments|MarketoSocialTotalReferredEnrollments|integer|
Marketo Social Total Referred Visits|totalReferredVisits|MarketoSocialTotalReferredVisits|integer|
Marketo Social Twitter Display Name|twitterDisplayName|MarketoSocialTwitterDisplayName|string|system
Marketo Social Twitter Id|twitterId|MarketoSocialTwitterId|string|system
Marketo Social Twitter Photo URL|twitterPhotoURL|MarketoSocialTwitterPhotoURL|url|system
Marketo Social Twitter Profile URL|twitterProfileURL|MarketoSocialTwitterProfileURL|url|system
Marketo Social Twitter Reach|twitterReach|MarketoSocialTwitterReach|integer|system
Marketo Social Twitter Referred Enrollments|twitterReferredEnrollments|MarketoSocialTwitterReferredEnrollments|integer|system
Marketo Social Twitter Referred Visits|twitterReferredVisits|MarketoSocialTwitterReferredVisits|integer|system
Middle Name|middleName|MiddleName|string|
Mobile Phone Number|mobilePhone|MobilePhone|phone|
Num Employees|numberOfEmployees|NumberOfEmployees|integer|
Phone Number|phone|Phone|phone|
Postal Code|postalCode|PostalCode|string|
Lead Rating|rating|Rating|string|
Salutation|salutation|Salutation|string|
SIC Code|sicCode|SICCode|string|
Site|site|Site|string|
State|state|State|string|
Job Title|title|Title|string|
Unsubscribed|unsubscribed|Unsubscribed|boolean|partly
Unsubscribed Reason|unsubscribedReason|UnsubscribedReason|text_area|partly
Website|website|Website|url|
Created At|createdAt||datetime|system
Updated At|updatedAt||datetime|system
Email Invalid|emailInvalid||boolean|
Email Invalid Cause|emailInvalidCause||string|
Inferred City|inferredCity||string|
Inferred Metropolitan Area|inferredMetropolitanArea||string|
Inferred Phone Area Code|inferredPhoneAreaCode||string|
Inferred Postal Code|inferredPostalCode||string|
Inferred State Region|inferredStateRegion||string|
Is Anonymous|isAnonymous||boolean|system
Priority|priority||integer|system
Relative Score|relativeScore||score|system
Urgency|urgency||integer|system
"""
