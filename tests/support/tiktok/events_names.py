# SPDX-License-Identifier: Apache-2.0
"""Names that TikTok's pages list: standard events, currencies, states of tracking consent, registered partners."""
STANDARD = frozenset("""AddPaymentInfo AddToCart AddToWishlist ApplicationApproval CompleteRegistration Contact CustomizeProduct Download
FindLocation InitiateCheckout Lead Purchase Schedule Search StartTrial SubmitApplication Subscribe ViewContent""".split())
OFFLINE = STANDARD | {"CompletePayment", "SubmitForm"}
WEB = OFFLINE | {"PlaceAnOrder", "ClickButton", "Pageview"}
APP = frozenset("""AchieveLevel AddPaymentInfo AddToCart AddToWishlist Checkout CompleteTutorial CreateGroup CreateRole GenerateLead
InAppADClick InAppADImpr InstallApp JoinGroup LaunchAPP LoanApplication LoanApproval LoanDisbursal Login Purchase Rate Registration Search
SpendCredits StartTrial Subscribe UnlockAchievement ViewContent""".split())
CURRENCIES = frozenset("""AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL HUF IDR ILS INR ISK
JPY KES KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VES VND
ZAR""".split())
ATT_STATUS = frozenset("AUTHORIZED DENIED NOT_DETERMINED RESTRICTED NOT_APPLICABLE".split())
PARTNERS = ["Segment", "RudderStack", "GoogleTagManagerServer"]
SOURCES = ("web", "app", "offline", "crm")


def is_custom(source, event):
    """A name that TikTok would report, and not optimise for. Any name is fine for leads."""
    return source != "crm" and event not in (APP if source == "app" else WEB)
