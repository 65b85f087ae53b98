"""The catalogue of errors: type, HTTP status and message of everything that a request may be refused with.

Each is a class, so `raise errors.TEAM_NOT_FOUND` is enough, and `raise errors.GENERAL_ARGUMENT_INVALID("…")` says
it in other words. They are raised where the cause is known and caught only by `http/pipeline.py`.
"""

from __future__ import annotations

from typing import ClassVar


class ApiError(Exception):
    """An error as the client sees it."""

    type: ClassVar[str] = "general_unknown"
    status: ClassVar[int] = 500
    text: ClassVar[str] = "An unknown error has occurred."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.text
        super().__init__(self.message)


CATALOGUE: dict[str, type[ApiError]] = {}


def error(type_: str, status: int, text: str) -> type[ApiError]:
    """Enter an error into the catalogue."""
    name = "".join(part.capitalize() for part in type_.split("_"))
    made = type(name, (ApiError,), {"type": type_, "status": status, "text": text, "__doc__": text})
    CATALOGUE[type_] = made
    return made


# --- general ------------------------------------------------------------------------------------------
GENERAL_UNKNOWN = error("general_unknown", 500, "An unknown error has occurred.")
GENERAL_SERVER_ERROR = error("general_server_error", 500, "Something went wrong on the server. Please try again.")


class ServerCannot(GENERAL_SERVER_ERROR):  # type: ignore[misc, valid-type]
    """The contract has no type of its own for a server that lacks room or a helper: the message says what is wrong."""

    status = 503


GENERAL_NOT_IMPLEMENTED = error("general_not_implemented", 405, "This method is not available.")
GENERAL_ACCESS_FORBIDDEN = error("general_access_forbidden", 401, "Access to this API is forbidden.")
GENERAL_UNKNOWN_ORIGIN = error(
    "general_unknown_origin", 403, "Requests from this origin are not allowed. Add it as a platform of the project."
)
GENERAL_API_DISABLED = error("general_api_disabled", 403, "This API is switched off for the project.")
GENERAL_SERVICE_DISABLED = error("general_service_disabled", 403, "This service is switched off for the project.")
GENERAL_UNAUTHORIZED_SCOPE = error(
    "general_unauthorized_scope", 401, "The caller lacks a scope that this action requires."
)
GENERAL_RATE_LIMIT_EXCEEDED = error(
    "general_rate_limit_exceeded", 429, "Too many requests. Please wait before you try again."
)
GENERAL_ARGUMENT_INVALID = error("general_argument_invalid", 400, "An argument of the request is invalid.")
GENERAL_BAD_REQUEST = error("general_bad_request", 400, "The request cannot be processed as it is.")
GENERAL_QUERY_INVALID = error("general_query_invalid", 400, "A query is invalid. Please check its syntax.")
GENERAL_CURSOR_NOT_FOUND = error("general_cursor_not_found", 400, "The item that the cursor names was not found.")
GENERAL_ROUTE_NOT_FOUND = error("general_route_not_found", 404, "The requested route was not found.")
GENERAL_INVALID_EMAIL = error("general_invalid_email", 400, "The e-mail address is not valid.")
GENERAL_INVALID_PHONE = error("general_invalid_phone", 400, "The phone number is not valid.")
GENERAL_FEATURE_UNSUPPORTED = error("general_feature_unsupported", 400, "This feature is not supported.")
GENERAL_PROTOCOL_UNSUPPORTED = error("general_protocol_unsupported", 426, "HTTPS is required. Use it and try again.")
GENERAL_RESOURCE_BLOCKED = error("general_resource_blocked", 403, "This resource is blocked.")
GENERAL_RESOURCE_LOCKED = error("general_resource_locked", 409, "Somebody else is changing this. Please try again.")
GENERAL_SMTP_DISABLED = error(
    "general_smtp_disabled", 503, "No mail server is configured. Set _APP_SMTP_HOST, or the project's own."
)
GENERAL_MOCK = error("general_mock", 400, "The mock provider refuses the request.")
GENERAL_USAGE_DISABLED = error("general_usage_disabled", 501, "Usage statistics are switched off.")
GENERAL_ATTRIBUTE_QUERY_LIMIT_EXCEEDED = error(
    "general_attribute_query_limit_exceeded", 400, "A query on this attribute has too many values."
)
GENERAL_COLUMN_QUERY_LIMIT_EXCEEDED = error(
    "general_column_query_limit_exceeded", 400, "A query on this column has too many values."
)
DATABASE_QUERY_ORDER_NULL = error(
    "database_query_order_null", 400, "The cursor's item has no value for the attribute that the list is ordered by."
)
DATABASE_TIMEOUT = error("database_timeout", 408, "The query took too long. Add an index or narrow it down.")
RESOURCE_ALREADY_EXISTS = error("resource_already_exists", 409, "A resource with this ID already exists.")

# --- projects -----------------------------------------------------------------------------------------
PROJECT_NOT_FOUND = error("project_not_found", 404, "Project not found. Check the ID in X-Appwrite-Project.")
PROJECT_ID_MISSING = error("project_id_missing", 403, "The project ID is missing. Send it as X-Appwrite-Project.")
PROJECT_KEY_EXPIRED = error("project_key_expired", 401, "The API key has expired. Create a new one.")
PROJECT_ALREADY_EXISTS = error("project_already_exists", 409, "A project with this ID already exists.")
PROJECT_RESERVED_PROJECT = error("project_reserved_project", 400, "This project ID is reserved.")
PROJECT_REGION_UNSUPPORTED = error("project_region_unsupported", 400, "This region is not supported.")
ORGANIZATION_ID_MISSING = error(
    "organization_id_missing", 403, "The organization is missing. Send its ID as X-Appwrite-Organization."
)
KEY_NOT_FOUND = error("key_not_found", 404, "API key not found.")
KEY_ALREADY_EXISTS = error("key_already_exists", 409, "An API key with this ID already exists.")
KEY_CREATION_DENIED = error("key_creation_denied", 403, "This caller may not create API keys.")
DEV_KEY_GONE = error("dev_key_gone", 410, "Development keys cannot be created any more.")
PROJECT_PROVIDER_DISABLED = error(
    "project_provider_disabled", 412, "This OAuth2 provider is switched off. Enable it in the project's settings."
)
PROJECT_PROVIDER_UNSUPPORTED = error("project_provider_unsupported", 400, "This OAuth2 provider is not supported.")
PROJECT_INVALID_SUCCESS_URL = error(
    "project_invalid_success_url", 400, "The success URL is not one of the project's platforms."
)
PROJECT_INVALID_FAILURE_URL = error(
    "project_invalid_failure_url", 400, "The failure URL is not one of the project's platforms."
)
PROJECT_SMTP_CONFIG_INVALID = error(
    "project_smtp_config_invalid", 400, "The mail server cannot be used as it is configured."
)
MOCK_NUMBER_NOT_FOUND = error("mock_number_not_found", 404, "Mock phone not found.")
MOCK_NUMBER_ALREADY_EXISTS = error("mock_number_already_exists", 409, "A mock phone with this number already exists.")
MOCK_NUMBER_LIMIT_EXCEEDED = error(
    "mock_number_limit_exceeded", 400, "The project has reached its limit of mock phones."
)
PLATFORM_NOT_FOUND = error("platform_not_found", 404, "Platform not found.")
PLATFORM_ALREADY_EXISTS = error("platform_already_exists", 409, "A platform with this ID already exists.")
PLATFORM_METHOD_UNSUPPORTED = error(
    "platform_method_unsupported", 400, "This platform is of another type. Use the method of its own type."
)
VARIABLE_NOT_FOUND = error("variable_not_found", 404, "Variable not found.")
VARIABLE_ALREADY_EXISTS = error("variable_already_exists", 409, "A variable with this ID or key already exists.")
VARIABLE_CANNOT_UNSET_SECRET = error(
    "variable_cannot_unset_secret", 400, "A secret variable cannot become readable again."
)
RULE_NOT_FOUND = error("rule_not_found", 404, "Rule not found.")
RULE_ALREADY_EXISTS = error("rule_already_exists", 409, "This domain is in use already.")
RULE_RESOURCE_NOT_FOUND = error("rule_resource_not_found", 404, "The function or site of the rule was not found.")
RULE_VERIFICATION_FAILED = error("rule_verification_failed", 400, "The domain does not lead to this server.")
SCHEDULE_NOT_FOUND = error("schedule_not_found", 404, "Schedule not found.")
WEBHOOK_NOT_FOUND = error("webhook_not_found", 404, "Webhook not found.")
WEBHOOK_ALREADY_EXISTS = error("webhook_already_exists", 409, "A webhook with this ID already exists.")
WEBHOOK_DELIVERY_NOT_FOUND = error("webhook_delivery_not_found", 404, "Delivery not found.")
WEBHOOK_DISABLED = error("webhook_disabled", 409, "The webhook is switched off. Enable it first.")

# --- users, sessions, teams ---------------------------------------------------------------------------
USER_UNAUTHORIZED = error("user_unauthorized", 401, "The caller may not perform this action.")
USER_BLOCKED = error("user_blocked", 403, "This user is blocked.")
USER_INVALID_TOKEN = error("user_invalid_token", 401, "The token is invalid or has expired.")
USER_INVALID_CREDENTIALS = error("user_invalid_credentials", 401, "The e-mail or the password is wrong.")
USER_ALREADY_EXISTS = error(
    "user_already_exists", 409, "A user with the same ID, e-mail or phone already exists in this project."
)
USER_EMAIL_ALREADY_EXISTS = error("user_email_already_exists", 409, "A user with this e-mail already exists.")
USER_NOT_FOUND = error("user_not_found", 404, "User not found.")
USER_ID_MISSING = error("user_id_missing", 403, "The user is missing. Send its ID as X-Appwrite-User.")
USER_COUNT_EXCEEDED = error("user_count_exceeded", 400, "The project has reached its limit of users.")
USER_CONSOLE_COUNT_EXCEEDED = error(
    "user_console_count_exceeded", 501, "The console takes no further users. Ask its owner for an invitation."
)
USER_EMAIL_NOT_WHITELISTED = error("user_email_not_whitelisted", 401, "This e-mail may not sign up in the console.")
USER_IP_NOT_WHITELISTED = error("user_ip_not_whitelisted", 401, "This address may not sign up in the console.")
USER_AUTH_METHOD_UNSUPPORTED = error(
    "user_auth_method_unsupported", 501, "This sign-in method is switched off for the project."
)
USER_SESSION_NOT_FOUND = error("user_session_not_found", 404, "Session not found.")
USER_SESSION_ALREADY_EXISTS = error(
    "user_session_already_exists", 401, "A session is active. Delete it before you create another one."
)
USER_JWT_INVALID = error("user_jwt_invalid", 401, "The JWT is invalid or has expired.")
USER_JWT_AND_COOKIE_SET = error("user_jwt_and_cookie_set", 403, "Send a JWT or a session, not both.")
USER_JWT_CREATION_DENIED = error("user_jwt_creation_denied", 403, "A JWT can only be created from a session.")
USER_API_KEY_AND_SESSION_SET = error("user_api_key_and_session_set", 403, "Send an API key or a session, not both.")
USER_MORE_FACTORS_REQUIRED = error(
    "user_more_factors_required", 401, "Another authentication factor is required to complete the sign-in."
)
USER_CHALLENGE_REQUIRED = error(
    "user_challenge_required", 401, "Complete an authentication challenge first; this needs a recent one."
)
USER_AUTHENTICATOR_NOT_FOUND = error("user_authenticator_not_found", 404, "Authenticator not found.")
USER_AUTHENTICATOR_ALREADY_VERIFIED = error(
    "user_authenticator_already_verified", 409, "The authenticator is verified already."
)
USER_RECOVERY_CODES_NOT_FOUND = error("user_recovery_codes_not_found", 404, "There are no recovery codes.")
USER_RECOVERY_CODES_ALREADY_EXISTS = error(
    "user_recovery_codes_already_exists", 409, "There are recovery codes already. Replace them to get new ones."
)
USER_PASSKEY_NOT_FOUND = error("user_passkey_not_found", 404, "Passkey not found.")
USER_PASSKEY_ALREADY_EXISTS = error("user_passkey_already_exists", 409, "This passkey or its ID is registered already.")
USER_PASSKEY_INVALID = error("user_passkey_invalid", 401, "The passkey could not be verified.")
USER_PASSKEY_LIMIT_EXCEEDED = error(
    "user_passkey_limit_exceeded", 400, "The account has as many passkeys as it may have. Remove one first."
)
USER_PASSWORD_RESET_REQUIRED = error("user_password_reset_required", 412, "The password must be reset first.")
USER_PASSWORD_MISMATCH = error("user_password_mismatch", 400, "The passwords do not match.")
USER_DELETION_PROHIBITED = error(
    "user_deletion_prohibited", 400, "Leave or delete your organizations before you delete the account."
)
USER_IDENTITY_NOT_FOUND = error("user_identity_not_found", 404, "Identity not found.")
USER_MISSING_ID = error("user_missing_id", 400, "The OAuth2 provider has not told the id of the user.")
USER_OAUTH2_PROVIDER_ERROR = error("user_oauth2_provider_error", 424, "The OAuth2 provider has returned an error.")
USER_OAUTH2_PROVIDER_FAILURE = error(
    "user_oauth2_provider_failure", 424, "The sign-in could not be completed with the OAuth2 provider."
)
USER_PHONE_ALREADY_EXISTS = error("user_phone_already_exists", 409, "A user with this phone number already exists.")
USER_TARGET_ALREADY_EXISTS = error("user_target_already_exists", 409, "A target with this ID or address exists.")
PASSWORD_PERSONAL_DATA = error(
    "password_personal_data", 400, "The password contains the name, e-mail, phone or ID of the user."
)
PASSWORD_RECENTLY_USED = error("password_recently_used", 400, "This password was used recently. Choose another one.")
TEAM_NOT_FOUND = error("team_not_found", 404, "Team not found.")
TEAM_ALREADY_EXISTS = error("team_already_exists", 409, "A team with this ID already exists.")
TEAM_INVALID_SECRET = error("team_invalid_secret", 401, "The invitation's secret is wrong or has been replaced.")
TEAM_INVITE_MISMATCH = error("team_invite_mismatch", 401, "The invitation is for another user.")
TEAM_INVITE_NOT_FOUND = error("team_invite_not_found", 404, "The membership or invitation was not found.")
TEAM_MEMBERSHIP_MISMATCH = error("team_membership_mismatch", 404, "The membership belongs to another team.")
PRESENCE_NOT_FOUND = error("presence_not_found", 404, "Presence not found.")
PRESENCE_ALREADY_EXISTS = error(
    "presence_already_exists", 409, "The ID is that of another presence, or the user has one already."
)
MEMBERSHIP_NOT_FOUND = error("membership_not_found", 404, "Membership not found.")
MEMBERSHIP_ALREADY_CONFIRMED = error("membership_already_confirmed", 409, "This user is a member of the team already.")
MEMBERSHIP_DELETION_PROHIBITED = error(
    "membership_deletion_prohibited", 400, "The only owner of an organization cannot leave it."
)
MEMBERSHIP_DOWNGRADE_PROHIBITED = error(
    "membership_downgrade_prohibited", 400, "The only owner of an organization must remain its owner."
)
USER_TARGET_NOT_FOUND = error("user_target_not_found", 404, "Target not found.")
USER_PHONE_NOT_FOUND = error("user_phone_not_found", 400, "The account has no phone number.")
USER_PHONE_ALREADY_VERIFIED = error("user_phone_already_verified", 409, "The phone number is verified already.")
USER_PHONE_NOT_VERIFIED = error("user_phone_not_verified", 400, "The phone number is not verified yet.")
USER_EMAIL_NOT_FOUND = error("user_email_not_found", 400, "The account has no e-mail address.")
USER_EMAIL_ALREADY_VERIFIED = error("user_email_already_verified", 409, "The e-mail address is verified already.")
USER_EMAIL_NOT_VERIFIED = error("user_email_not_verified", 400, "The e-mail address is not verified yet.")
USER_ANONYMOUS_CONSOLE_PROHIBITED = error(
    "user_anonymous_console_prohibited", 401, "The console has no anonymous users."
)
GENERAL_PHONE_DISABLED = error(
    "general_phone_disabled", 503, "No phone messages can be sent; _APP_SMS_PROVIDER is not set."
)

# --- databases ----------------------------------------------------------------------------------------
DATABASE_NOT_FOUND = error("database_not_found", 404, "Database not found.")
DATABASE_ALREADY_EXISTS = error("database_already_exists", 409, "A database with this ID already exists.")
COLLECTION_NOT_FOUND = error("collection_not_found", 404, "Collection not found.")
COLLECTION_ALREADY_EXISTS = error("collection_already_exists", 409, "A collection with this ID already exists.")
COLLECTION_LIMIT_EXCEEDED = error(
    "collection_limit_exceeded", 400, "The database has reached its limit of collections."
)
TABLE_NOT_FOUND = error("table_not_found", 404, "Table not found.")
TABLE_ALREADY_EXISTS = error("table_already_exists", 409, "A table with this ID already exists.")
TABLE_LIMIT_EXCEEDED = error("table_limit_exceeded", 400, "The database has reached its limit of tables.")
ATTRIBUTE_NOT_FOUND = error("attribute_not_found", 404, "Attribute not found.")
ATTRIBUTE_UNKNOWN = error("attribute_unknown", 400, "The index names an attribute that does not exist.")
ATTRIBUTE_NOT_AVAILABLE = error("attribute_not_available", 400, "The attribute is not available yet.")
ATTRIBUTE_FORMAT_UNSUPPORTED = error("attribute_format_unsupported", 400, "This attribute format is not supported.")
ATTRIBUTE_DEFAULT_UNSUPPORTED = error(
    "attribute_default_unsupported", 400, "A required attribute and an array cannot have a default value."
)
ATTRIBUTE_ALREADY_EXISTS = error("attribute_already_exists", 409, "An attribute with this key already exists.")
ATTRIBUTE_LIMIT_EXCEEDED = error("attribute_limit_exceeded", 400, "The collection has reached its limit of attributes.")
ATTRIBUTE_VALUE_INVALID = error("attribute_value_invalid", 400, "The value does not fit the attribute.")
ATTRIBUTE_TYPE_INVALID = error("attribute_type_invalid", 400, "The attribute is of another type.")
ATTRIBUTE_INVALID_RESIZE = error(
    "attribute_invalid_resize", 400, "Stored values are longer than the new size of the attribute."
)
COLUMN_NOT_FOUND = error("column_not_found", 404, "Column not found.")
COLUMN_UNKNOWN = error("column_unknown", 400, "The index names a column that does not exist.")
COLUMN_NOT_AVAILABLE = error("column_not_available", 400, "The column is not available yet.")
COLUMN_FORMAT_UNSUPPORTED = error("column_format_unsupported", 400, "This column format is not supported.")
COLUMN_DEFAULT_UNSUPPORTED = error(
    "column_default_unsupported", 400, "A required column and an array cannot have a default value."
)
COLUMN_ALREADY_EXISTS = error("column_already_exists", 409, "A column with this key already exists.")
COLUMN_LIMIT_EXCEEDED = error("column_limit_exceeded", 400, "The table has reached its limit of columns.")
COLUMN_VALUE_INVALID = error("column_value_invalid", 400, "The value does not fit the column.")
COLUMN_TYPE_INVALID = error("column_type_invalid", 400, "The column is of another type.")
COLUMN_INVALID_RESIZE = error("column_invalid_resize", 400, "Stored values are longer than the new size of the column.")
INDEX_NOT_FOUND = error("index_not_found", 404, "Index not found.")
INDEX_ALREADY_EXISTS = error("index_already_exists", 409, "An index with this key already exists.")
INDEX_LIMIT_EXCEEDED = error("index_limit_exceeded", 400, "The collection has reached its limit of indexes.")
INDEX_INVALID = error("index_invalid", 400, "The index is invalid.")
INDEX_DEPENDENCY = error("index_dependency", 409, "An index needs this attribute. Delete the index first.")
COLUMN_INDEX_NOT_FOUND = error("column_index_not_found", 404, "Index not found.")
COLUMN_INDEX_ALREADY_EXISTS = error("column_index_already_exists", 409, "An index with this key already exists.")
COLUMN_INDEX_LIMIT_EXCEEDED = error("column_index_limit_exceeded", 400, "The table has reached its limit of indexes.")
COLUMN_INDEX_INVALID = error("column_index_invalid", 400, "The index is invalid.")
SCHEMA_LOSS_REFUSED = error("schema_loss_refused", 409, "Nothing was changed, since data would be lost.")
COLUMN_INDEX_DEPENDENCY = error("column_index_dependency", 409, "An index needs this column. Delete the index first.")
DOCUMENT_NOT_FOUND = error("document_not_found", 404, "Document not found.")
DOCUMENT_ALREADY_EXISTS = error("document_already_exists", 409, "A document with this ID already exists.")
DOCUMENT_INVALID_STRUCTURE = error("document_invalid_structure", 400, "The document does not fit the collection.")
DOCUMENT_MISSING_DATA = error("document_missing_data", 400, "The document's data is missing. Send an object as `data`.")
DOCUMENT_MISSING_PAYLOAD = error(
    "document_missing_payload", 400, "Neither data nor permissions were given. Nothing would change."
)
DOCUMENT_UPDATE_CONFLICT = error("document_update_conflict", 409, "The document was changed in the meantime.")
DOCUMENT_UNIQUE_CONSTRAINT_VIOLATION = error(
    "document_unique_constraint_violation", 409, "A unique index holds another document with this value."
)
DOCUMENT_DELETE_RESTRICTED = error(
    "document_delete_restricted", 403, "Other documents refer to this one, so it cannot be deleted."
)
ROW_NOT_FOUND = error("row_not_found", 404, "Row not found.")
ROW_ALREADY_EXISTS = error("row_already_exists", 409, "A row with this ID already exists.")
ROW_INVALID_STRUCTURE = error("row_invalid_structure", 400, "The row does not fit the table.")
ROW_MISSING_DATA = error("row_missing_data", 400, "The row's data is missing. Send an object as `data`.")
ROW_MISSING_PAYLOAD = error(
    "row_missing_payload", 400, "Neither data nor permissions were given. Nothing would change."
)
ROW_UPDATE_CONFLICT = error("row_update_conflict", 409, "The row was changed in the meantime.")
ROW_UNIQUE_CONSTRAINT_VIOLATION = error(
    "row_unique_constraint_violation", 409, "A unique index holds another row with this value."
)
ROW_DELETE_RESTRICTED = error("row_delete_restricted", 403, "Other rows refer to this one, so it cannot be deleted.")
RELATIONSHIP_VALUE_INVALID = error("relationship_value_invalid", 400, "The value does not fit the relationship.")
TRANSACTION_NOT_FOUND = error("transaction_not_found", 404, "Transaction not found.")
TRANSACTION_NOT_READY = error("transaction_not_ready", 400, "The transaction has ended already.")
TRANSACTION_EXPIRED = error("transaction_expired", 410, "The transaction has expired. Create a new one.")
TRANSACTION_CONFLICT = error(
    "transaction_conflict", 409, "What the transaction was to change has been changed by somebody else."
)
TRANSACTION_LIMIT_EXCEEDED = error(
    "transaction_limit_exceeded", 400, "The transaction has reached its limit of operations."
)
TRANSACTION_FAILED = error("transaction_failed", 400, "The transaction could not be committed.")

# --- functions, messaging -----------------------------------------------------------------------------
FUNCTION_NOT_FOUND = error("function_not_found", 404, "Function not found.")
FUNCTION_ALREADY_EXISTS = error(
    "function_already_exists", 409, "A function with this ID already exists. Choose another ID, or unique()."
)
FUNCTION_RUNTIME_UNSUPPORTED = error("function_runtime_unsupported", 404, "This runtime is not offered here.")
FUNCTION_TEMPLATE_NOT_FOUND = error("function_template_not_found", 404, "Function template not found.")
FUNCTION_EXECUTE_PERMISSION_MISSING = error(
    "function_execute_permission_missing", 401,
    "Visitors of a domain are guests: `execute` of its function has to name the role any or guests.",
)  # fmt: skip
FUNCTION_ENTRYPOINT_MISSING = error(
    "function_entrypoint_missing", 404, "Neither the request nor the function names an entrypoint."
)
DEPLOYMENT_NOT_FOUND = error("deployment_not_found", 404, "Deployment not found.")
DEPLOYMENT_INVALID_FILE_SIZE = error(
    "deployment_invalid_file_size", 400, "The archive is larger than deployments may be."
)
BUILD_NOT_READY = error("build_not_ready", 400, "The deployment has not been built yet, or its build has failed.")
BUILD_ALREADY_COMPLETED = error("build_already_completed", 400, "The build has ended already.")
INSTALLATION_NOT_FOUND = error("installation_not_found", 404, "The version control system is not connected.")
PROVIDER_REPOSITORY_NOT_FOUND = error("provider_repository_not_found", 404, "There is no such repository.")
FUNCTION_SYNCHRONOUS_TIMEOUT = error(
    "function_synchronous_timeout", 408,
    "The synchronous execution took too long. Call functions that need more time with `async`.",
)  # fmt: skip
FUNCTION_ASYNCHRONOUS_TIMEOUT = error("function_asynchronous_timeout", 408, "The execution took too long.")
EXECUTION_NOT_FOUND = error("execution_not_found", 404, "Execution not found.")
EXECUTION_IN_PROGRESS = error("execution_in_progress", 400, "The execution has not ended yet.")
MESSAGE_NOT_FOUND = error("message_not_found", 404, "Message not found.")
PROVIDER_NOT_FOUND = error("provider_not_found", 404, "Messaging provider not found.")
PROVIDER_INCORRECT_TYPE = error("provider_incorrect_type", 400, "The messaging provider is of another type.")

# --- storage ------------------------------------------------------------------------------------------
STORAGE_BUCKET_NOT_FOUND = error("storage_bucket_not_found", 404, "Bucket not found.")
STORAGE_BUCKET_ALREADY_EXISTS = error("storage_bucket_already_exists", 409, "A bucket with this ID exists already.")
STORAGE_BUCKET_TRANSFORMATIONS_DISABLED = error(
    "storage_bucket_transformations_disabled", 403, "Previews are switched off for this bucket."
)
STORAGE_FILE_NOT_FOUND = error("storage_file_not_found", 404, "File not found.")
STORAGE_FILE_ALREADY_EXISTS = error("storage_file_already_exists", 409, "A file with this ID exists already.")
STORAGE_FILE_EMPTY = error("storage_file_empty", 400, "The request holds no file.")
STORAGE_FILE_TYPE_UNSUPPORTED = error("storage_file_type_unsupported", 400, "The type of this file is not allowed.")
STORAGE_IMAGE_RESOLUTION_EXCEEDED = error(
    "storage_image_resolution_exceeded", 400, "The image has more pixels than can be worked with."
)
STORAGE_INVALID_APPWRITE_ID = error("storage_invalid_appwrite_id", 400, "The header X-Appwrite-ID is not a valid ID.")
STORAGE_INVALID_CONTENT_RANGE = error(
    "storage_invalid_content_range", 400, "The header Content-Range is not of the form `bytes START-END/SIZE`."
)
STORAGE_INVALID_FILE = error("storage_invalid_file", 403, "The file is not accepted.")
STORAGE_INVALID_FILE_SIZE = error("storage_invalid_file_size", 400, "The file is larger than the bucket allows.")
STORAGE_INVALID_RANGE = error("storage_invalid_range", 416, "The file has no such range of bytes.")
TOKEN_NOT_FOUND = error("token_not_found", 404, "Token not found.")

# --- avatars ------------------------------------------------------------------------------------------
AVATAR_SET_NOT_FOUND = error("avatar_set_not_found", 404, "This set of pictures does not exist.")
AVATAR_NOT_FOUND = error("avatar_not_found", 404, "This picture does not exist.")
AVATAR_IMAGE_NOT_FOUND = error("avatar_image_not_found", 404, "The URL does not lead to an image.")
AVATAR_REMOTE_URL_FAILED = error(
    "avatar_remote_url_failed", 404, "The URL cannot be reached, or is not one of the public internet."
)
AVATAR_ICON_NOT_FOUND = error("avatar_icon_not_found", 404, "The site shows no icon that can be read.")
AVATAR_SVG_SANITIZATION_FAILED = error(
    "avatar_svg_sanitization_failed", 400, "The site's icon is an SVG that cannot be made safe."
)

# --- realtime -----------------------------------------------------------------------------------------
REALTIME_SINCE_GONE = error(
    "realtime_since_gone", 410,
    "What has happened since then is not kept any more. Read everything anew, and go on from a new number.",
)  # fmt: skip

# --- GraphQL ------------------------------------------------------------------------------------------
GRAPHQL_NO_QUERY = error("graphql_no_query", 400, 'Param "query" is not optional.')
GRAPHQL_TOO_MANY_QUERIES = error("graphql_too_many_queries", 400, "Too many queries.")
GRAPHQL_METHOD_UNSUPPORTED = error(
    "graphql_method_unsupported", 405, "GET requests run queries only. Send mutations with POST."
)

# --- health -------------------------------------------------------------------------------------------
HEALTH_QUEUE_SIZE_EXCEEDED = error("health_queue_size_exceeded", 503, "The queue has reached the given threshold.")
HEALTH_CERTIFICATE_EXPIRED = error("health_certificate_expired", 404, "The certificate of the domain has expired.")
HEALTH_INVALID_HOST = error("health_invalid_host", 404, "The host cannot be reached, or shows no certificate.")
