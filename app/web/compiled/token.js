const said = location.hash.slice(1);
export const token = decoded(said).replace(/^(invitation|email)=/, "");
export const onward = onwardFrom(said);
function onwardFrom(fragment) {
    if (fragment.startsWith("invitation="))
        return "/invitation";
    return fragment.startsWith("email=") ? "/account/email" : "";
}
function decoded(text) {
    try {
        return decodeURIComponent(text);
    }
    catch (error) {
        if (error instanceof URIError)
            return "";
        throw error;
    }
}
