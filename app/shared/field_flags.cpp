#include "app/shared/field_flags.h"

#include <algorithm>

#include "core/util/error.h"

namespace kinora::cli {

void addFields(CLI::App* command, const std::vector<OptionField>& fields, const std::shared_ptr<OptionValues>& values, const std::string& group)
{
    for (const OptionField& field : fields) {
        std::string flag = "--" + field.key;
        std::ranges::replace(flag, '_', '-');
        const auto take = [values, field, flag](const std::string& text) {
            try {
                (*values)[field.key] = parseOption(field, text);
            } catch (const Error& error) {
                throw Error(ErrorCode::Usage, error.detail(), flag);
            }
        };
        CLI::Option* option = field.type == OptionType::Boolean ? command->add_flag_callback(flag, [values, key = field.key] { (*values)[key] = true; }, field.help)
                                                                : command->add_option_function<std::string>(flag, take, field.help + (optionText(field.fallback).empty() ? "" : " [" + optionText(field.fallback) + "]"));
        option->group(group);
    }
}

}  // namespace kinora::cli
