import { startAccount } from "./account.js";
import { startForms } from "./forms.js";
import { startInvitation, startNewAddress, startSignUp } from "./links.js";
startForms();
for (const [id, start] of Object.entries({
    account: startAccount,
    invitation: startInvitation,
    "new-address": startNewAddress,
    "sign-up": startSignUp,
})) {
    const page = document.getElementById(id);
    if (page)
        start(page);
}
